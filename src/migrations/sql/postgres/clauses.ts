import { keywordAt } from "../keyword.ts";
import { postgresTokens } from "./tokens.ts";

/** The text up to a semicolon or BEGIN ATOMIC: a statement, a part of a statement, or nothing. */
export interface Clause {
  /** Its start, with leading white space and comments. All positions are UTF-16 indexes. */
  readonly start: number;
  /** Its first token; undefined if it has none. */
  readonly index: number | undefined;
  /** Directly after its last token. */
  readonly end: number;
  /** The start of the next clause. */
  readonly next: number;
  /** Its leading keywords and names in upper case, four at most; empty for the END of a function's body. */
  readonly words: readonly string[];
  /** Whether the statement ends here. */
  readonly endsStatement: boolean;
  /** Set on the last clause only: the quote, comment, parenthesis or body that is never closed. */
  readonly unclosed?: number;
  /** Its first backslash outside of quotes. Only psql understands one. */
  readonly backslash?: number;
}

const shownWords = 4;

/**
 * The clauses of an SQL text. A semicolon in parentheses (CREATE RULE) or in BEGIN ATOMIC … END (the body of a
 * function) ends a clause, but not a statement. In Postgres's grammar, an END closes such a body only if a statement
 * could begin there. Every other END belongs to a CASE or is a name.
 */
export function* clausesOf(sql: string): Generator<Clause> {
  const opened: number[] = [];
  const bodies: number[] = [];
  let unclosed: number | undefined;
  let part = emptyPart(0);
  let previous: { readonly word: string; readonly index: number } | undefined;
  for (const { kind, index, end } of postgresTokens(sql)) {
    if (kind === "semicolon") {
      yield { ...part, next: end, endsStatement: opened.length === 0 && bodies.length === 0 };
      part = emptyPart(end);
      continue;
    }
    const isFirst = part.index === undefined;
    part.index ??= index;
    part.end = end;
    const word = kind === "word" ? keywordAt(sql, index, end) : "";
    const sign = kind === "other" ? sql[index] : "";
    if (kind === "unclosed") unclosed = index;
    if (sign === "(") opened.push(index);
    if (sign === ")") opened.pop();
    if (sign === "\\") part.backslash ??= index;
    const closesBody = word === "END" && isFirst && bodies.pop() !== undefined;
    part.takesWords &&= kind === "word" && !closesBody && part.words.length < shownWords;
    if (part.takesWords) part.words.push(word);
    if (word === "ATOMIC" && previous?.word === "BEGIN" && opened.length === 0 && isRoutine(part.words)) {
      bodies.push(previous.index);
      yield { ...part, next: end, endsStatement: false };
      part = emptyPart(end);
    }
    previous = { word, index };
  }
  const open = unclosed ?? opened[0] ?? bodies[0];
  yield { ...part, next: sql.length, endsStatement: true, ...(open !== undefined && { unclosed: open }) };
}

interface Part {
  readonly start: number;
  index: number | undefined;
  end: number;
  readonly words: string[];
  takesWords: boolean;
  backslash?: number;
}

function emptyPart(start: number): Part {
  return { start, index: undefined, end: start, words: [], takesWords: true };
}

function isRoutine([first, second, third, fourth]: readonly string[]): boolean {
  const kind = second === "OR" && third === "REPLACE" ? fourth : second;
  return first === "CREATE" && (kind === "FUNCTION" || kind === "PROCEDURE");
}
