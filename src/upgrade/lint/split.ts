import { nextToken } from "./tokens.ts";

/** A part of a migration; `start` is its place in the whole, in UTF-16 units. */
export interface Piece {
  readonly start: number;
  readonly text: string;
}

/**
 * The statements of a migration, each with its semicolon and what stands before it. A semicolon inside of parentheses
 * (CREATE RULE) or of BEGIN ATOMIC … END (a function's body) ends none.
 */
export function* splitStatements(sql: string, offset = 0): Generator<Piece> {
  let start = 0;
  let parentheses = 0;
  // CASE … END nests in BEGIN ATOMIC … END.
  let atomic = 0;
  let previous = "";
  for (let token = nextToken(sql, 0); token !== undefined; token = nextToken(sql, token.end)) {
    const text = token.end - token.start > 8 ? "" : sql.slice(token.start, token.end).toUpperCase();
    if (text === "(") parentheses++;
    else if (text === ")") parentheses = Math.max(0, parentheses - 1);
    else if (text === "ATOMIC" && previous === "BEGIN") atomic = 1;
    else if (text === "CASE" && atomic > 0) atomic++;
    else if (text === "END" && atomic > 0) atomic--;
    else if (text === ";" && parentheses === 0 && atomic === 0) {
      yield { start: offset + start, text: sql.slice(start, token.end) };
      start = token.end;
    }
    previous = text;
  }
  if (start < sql.length) yield { start: offset + start, text: sql.slice(start) };
}

/** The statements in batches of about this many characters: a syntax tree takes a hundred times the room of its text. */
export function* splitIntoBatches(sql: string, size: number): Generator<Piece> {
  let start = 0;
  let end = 0;
  for (const statement of splitStatements(sql)) {
    if (end > start && end - start + statement.text.length > size) {
      yield { start, text: sql.slice(start, end) };
      start = end;
    }
    end = statement.start + statement.text.length;
  }
  if (end > start) yield { start, text: sql.slice(start, end) };
}

/**
 * Where each command of an ALTER TABLE begins, for which the syntax tree has no place: behind the table's name, and
 * behind every comma that is in no parentheses.
 */
export function findCommands(sql: string, tableName: number): readonly number[] {
  const at = (from: number) => {
    const token = nextToken(sql, from);
    return token && { ...token, text: sql.slice(token.start, token.end) };
  };
  let token = at(at(tableName)?.end ?? sql.length);
  while (token?.text === "." || token?.text === ")" || token?.text === "*")
    token = at(token.text === "." ? (at(token.end)?.end ?? sql.length) : token.end);
  const starts: number[] = [];
  let depth = 0;
  let isStart = true;
  for (; token !== undefined && !(token.text === ";" && depth === 0); token = at(token.end)) {
    if (isStart) starts.push(token.start);
    isStart = token.text === "," && depth === 0;
    if (token.text === "(" || token.text === "[") depth++;
    if (token.text === ")" || token.text === "]") depth--;
  }
  return starts;
}
