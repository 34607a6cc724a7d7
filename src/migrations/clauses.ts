import { tokensOf } from "./tokens.ts";

/** A statement, a part of one, or nothing: what a semicolon, or BEGIN ATOMIC, ends. */
export interface Clause {
  /** Where it begins, white space and comments included. This and all others are UTF-16 indexes. */
  readonly start: number;
  /** Its first token; undefined where there is none. */
  readonly index: number | undefined;
  /** Behind its last token. */
  readonly end: number;
  /** Where the next one begins. */
  readonly next: number;
  /** Its leading keywords and names in upper case, four at most; empty where it is the END of a function's body. */
  readonly words: readonly string[];
  /** Whether the statement ends here. */
  readonly endsStatement: boolean;
  /** The last clause of a text that ends too early: what was opened and never closed. */
  readonly unclosed?: number;
  /** Its first backslash outside of quotes, which only psql understands. */
  readonly backslash?: number;
}

const shownWords = 4;

/**
 * The clauses of an SQL text. A semicolon in parentheses (CREATE RULE) or in BEGIN ATOMIC … END (the body of a
 * function) ends a clause, but no statement. By Postgres's grammar an END closes such a body exactly where a statement
 * could begin; every other END in it belongs to a CASE, or is a name.
 */
export function* clausesOf(sql: string): Generator<Clause> {
  const opened: number[] = [];
  const bodies: number[] = [];
  let unclosed: number | undefined;
  let part = emptyPart(0);
  let previous: { readonly word: string; readonly index: number } | undefined;
  for (const { kind, index, end } of tokensOf(sql)) {
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

/** As Postgres compares keywords: letters beyond ASCII have no upper case, though some would become ASCII letters. */
export function keywordAt(sql: string, index: number, end: number): string {
  const text = sql.slice(index, end);
  return /[^A-Za-z_]/.test(text) ? text : text.toUpperCase();
}
