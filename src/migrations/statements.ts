import { tokensOf } from "./tokens.ts";

/** A place in a text, both counted from 1, the column in characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface TransactionControl extends Place {
  readonly word: string;
}

/**
 * Finds a statement that would end the transaction in which a migration is recorded. Only what stands outside of
 * strings, quoted names, dollar quotes, comments, parentheses and BEGIN ATOMIC bodies is a statement.
 */
export function findTransactionControl(sql: string): TransactionControl | undefined {
  for (const { words, index, rest } of readStatements(sql)) {
    const word = words[0];
    if (word !== undefined && endsTransaction(words, rest)) return { word, ...placeOf(sql, index) };
  }
  return undefined;
}

export interface Statement {
  /** Without its semicolon. */
  readonly sql: string;
  /** Where it starts in the file, as a UTF-16 index. */
  readonly index: number;
}

/** The statements of a file, each with the comments inside of it. */
export function splitStatements(sql: string): readonly Statement[] {
  return Array.from(readStatements(sql), ({ index, end }) => ({ sql: sql.slice(index, end), index }));
}

interface ReadStatement {
  /** Its first two words, in upper case. */
  readonly words: readonly string[];
  readonly index: number;
  readonly end: number;
  /** What follows its first word. */
  readonly rest: string;
}

/** One after the other: a file of many megabytes may hold a million. */
function* readStatements(sql: string): Generator<ReadStatement> {
  let start: number | undefined;
  let end = 0;
  let words: string[] = [];
  let before = "";
  // Inside BEGIN ATOMIC … END a semicolon ends no statement; CASE … END nests in it.
  let depth = 0;
  // Nor in parentheses: CREATE RULE … DO (…; …).
  let open = 0;
  const whole = function* (): Generator<ReadStatement> {
    if (start !== undefined) yield { words, index: start, end, rest: sql.slice(start + (words[0] ?? "").length, end) };
    start = undefined;
    words = [];
    open = 0;
  };
  for (const token of tokensOf(sql)) {
    if (token.kind === "semicolon" && depth === 0 && open === 0) {
      yield* whole();
      continue;
    }
    start ??= token.index;
    end = token.end;
    if (sql[token.index] === "(") open++;
    if (sql[token.index] === ")" && open > 0) open--;
    if (token.kind !== "word") continue;
    const word = sql.slice(token.index, token.end).toUpperCase();
    if (words.length < 2) words.push(word);
    if (depth > 0 && word === "CASE") depth++;
    else if (depth > 0 && word === "END") depth--;
    else if (word === "ATOMIC" && before === "BEGIN" && words[0] === "CREATE") depth++;
    before = word;
  }
  yield* whole();
}

/** Where a string, a quoted name or a comment opens that is never closed. */
export function findUnclosed(sql: string): number | undefined {
  for (const { kind, index } of tokensOf(sql)) if (kind === "unclosed") return index;
  return undefined;
}

function endsTransaction([first, second]: readonly string[], rest: string): boolean {
  // To a savepoint, it ends nothing.
  if (first === "ROLLBACK") return !/^\s+(WORK\s+|TRANSACTION\s+)?TO\b/i.test(rest);
  if (second === "TRANSACTION" && (first === "START" || first === "PREPARE")) return true;
  return first === "BEGIN" || first === "COMMIT" || first === "END" || first === "ABORT";
}

/** Where the UTF-16 index stands in the text. */
export function placeOf(text: string, index: number): Place {
  const before = text.slice(0, index);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}

/** The UTF-16 index of a character that Postgres counted: it counts code points, from 1. */
export function indexOfCharacter(text: string, position: number): number {
  let index = 0;
  for (let character = 1; character < position && index < text.length; character++) {
    index += (text.codePointAt(index) ?? 0) > 0xff_ff ? 2 : 1;
  }
  return index;
}
