import { clausesOf } from "../../migrations/sql/postgres/clauses.ts";
import { postgresTokens } from "../../migrations/sql/postgres/tokens.ts";

/** A part of a migration. `start` is its offset in the whole, in UTF-16 units. */
export interface Piece {
  readonly start: number;
  readonly text: string;
}

/** Splits a text after each statement's semicolon. It yields one at a time: a migration may have millions. */
export function* splitPieces(sql: string, offset = 0): Generator<Piece> {
  let start = 0;
  for (const { endsStatement, next } of clausesOf(sql)) {
    if (!endsStatement || next === start) continue;
    yield { start: offset + start, text: sql.slice(start, next) };
    start = next;
  }
}

/** Like `splitPieces`, in batches of up to this many characters. A longer statement is a batch of its own. */
export function* splitIntoBatches(sql: string, size: number): Generator<Piece> {
  let start = 0;
  let end = 0;
  for (const piece of splitPieces(sql)) {
    if (end > start && end - start + piece.text.length > size) {
      yield { start, text: sql.slice(start, end) };
      start = end;
    }
    end = piece.start + piece.text.length;
  }
  if (end > start) yield { start, text: sql.slice(start, end) };
}

/** The offset of the first token at or after an index, after white space and comments. */
export function skipBlank(sql: string, from: number): number | undefined {
  const [token] = postgresTokens(sql.slice(from));
  return token && from + token.index;
}

/**
 * The start of each command of an ALTER TABLE. The syntax tree does not have it, so look after the table's name, and
 * after every comma outside parentheses.
 */
export function findCommands(sql: string, tableName: number): readonly number[] {
  const starts: number[] = [];
  let depth = 0;
  // A name is a word, or several with dots between them. After ONLY it may be in parentheses.
  let state: "word of the name" | "behind the name" | "start" | "inside" = "word of the name";
  for (const { index, end } of postgresTokens(sql.slice(tableName))) {
    const text = sql.slice(tableName + index, tableName + end);
    if (state === "word of the name") {
      state = "behind the name";
      continue;
    }
    if (state === "behind the name") {
      if (text === ".") state = "word of the name";
      if (text === "." || text === ")" || text === "*") continue;
      state = "start";
    }
    if (text === ";" && depth === 0) break;
    if (state === "start") starts.push(tableName + index);
    state = text === "," && depth === 0 ? "start" : "inside";
    if (text === "(" || text === "[") depth++;
    if (text === ")" || text === "]") depth--;
  }
  return starts;
}
