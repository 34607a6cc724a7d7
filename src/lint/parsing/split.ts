import { clausesOf } from "../../migrations/clauses.ts";
import { tokensOf } from "../../migrations/tokens.ts";

/** A part of a migration; `start` is its place in the whole, in UTF-16 units. */
export interface Piece {
  readonly start: number;
  readonly text: string;
}

/** The parts of a text that end with a statement's semicolon, one at a time: a migration may hold millions. */
export function* splitPieces(sql: string, offset = 0): Generator<Piece> {
  let start = 0;
  for (const { endsStatement, next } of clausesOf(sql)) {
    if (!endsStatement || next === start) continue;
    yield { start: offset + start, text: sql.slice(start, next) };
    start = next;
  }
}

/** The same in batches of at least one statement and, if that is no more, up to this many characters. */
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

/** Where the first word or sign is at or after an index, behind white space and comments. */
export function skipBlank(sql: string, from: number): number | undefined {
  const [token] = tokensOf(sql.slice(from));
  return token && from + token.index;
}

/**
 * Where each command of an ALTER TABLE begins, for which the syntax tree has no place: behind the table's name, and
 * behind every comma that is in no parentheses.
 */
export function findCommands(sql: string, tableName: number): readonly number[] {
  const starts: number[] = [];
  let depth = 0;
  // Of the name there is one word at least, then a point and another; ONLY may have it in parentheses.
  let state: "word of the name" | "behind the name" | "start" | "inside" = "word of the name";
  for (const { index, end } of tokensOf(sql.slice(tableName))) {
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
