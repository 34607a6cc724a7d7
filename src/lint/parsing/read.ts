import type { Node, RawStmt } from "libpg-query";
import { indexOfCharacter } from "../../migrations/sql/place.ts";
import { SqlSyntaxError, type SqlParser } from "./parser.ts";
import type { Problem } from "../problem.ts";
import { skipBlank, splitIntoBatches, splitPieces, type Piece } from "./split.ts";

export interface ParsedStatement {
  readonly node: Node;
  /** The start of the statement in the migration. */
  readonly start: number;
  readonly text: string;
  /** Converts a location of the syntax tree into an offset in `text`. */
  readonly indexOf: (location: number | undefined) => number;
}

export interface Reader {
  readonly parser: () => Promise<SqlParser>;
  /** Call this after any error other than a SqlSyntaxError: the parser cannot be used again. */
  readonly discardParser: () => void;
}

/** In characters. A syntax tree takes about a hundred times the memory of its text. */
const batchSize = 250_000;
const statementLimit = 2_000_000;

/**
 * Yields the statements of a migration in batches, and a problem for each part that cannot be parsed. It stops at a
 * syntax error: the text after it may be part of a string or a comment.
 */
export async function* readBatches(
  sql: string,
  reader: Reader,
): AsyncGenerator<readonly (ParsedStatement | Problem)[]> {
  for (const batch of splitIntoBatches(sql, batchSize)) {
    const items: (ParsedStatement | Problem)[] = [];
    for await (const item of readBatch(batch, reader)) items.push(item);
    yield items;
    if (items.some((item) => "rule" in item && item.rule === "syntax-error")) return;
  }
}

async function* readBatch(batch: Piece, reader: Reader): AsyncGenerator<ParsedStatement | Problem> {
  const { text, start } = batch;
  if (text.length > statementLimit) {
    yield* notChecked(batch);
    return;
  }
  const zero = text.indexOf("\0");
  if (zero !== -1) {
    const message = "Postgres cannot parse it: SQL cannot contain a NUL character.";
    yield { rule: "syntax-error", at: start + zero, message };
    return;
  }
  let statements: readonly RawStmt[];
  const parser = await reader.parser();
  try {
    statements = parser.parse(text).stmts ?? [];
  } catch (error) {
    if (error instanceof SqlSyntaxError) {
      const at = error.position === undefined ? 0 : indexOfCharacter(text, error.position);
      yield { rule: "syntax-error", at: start + at, message: `Postgres cannot parse it: ${error.message}.` };
      return;
    }
    reader.discardParser();
    const single = [...splitPieces(text, start)];
    if (single.length === 1) yield* notChecked(batch);
    else for (const statement of single) yield* readBatch(statement, reader);
    return;
  }
  yield* placeStatements(statements, batch);
}

/** Converts Postgres's offsets, which are bytes of UTF-8. */
function* placeStatements(statements: readonly RawStmt[], { text, start }: Piece): Generator<ParsedStatement> {
  const encoded = Buffer.from(text);
  const unitsBetween =
    encoded.length === text.length
      ? (from: number, to: number) => to - from
      : (from: number, to: number) => encoded.subarray(from, to).toString().length;
  // Count from the previous statement: a file of INSERTs has very many.
  let previous = { bytes: 0, units: 0 };
  for (const { stmt: node, stmt_location: bytes = 0, stmt_len: length } of statements) {
    const units = previous.units + unitsBetween(previous.bytes, bytes);
    previous = { bytes, units };
    if (node === undefined) continue;
    const begin = skipBlank(text, units) ?? units;
    const end = length === undefined ? text.length : units + unitsBetween(bytes, bytes + length);
    yield {
      node,
      start: start + begin,
      text: text.slice(begin, end),
      indexOf: (place) => units + unitsBetween(bytes, place ?? bytes) - begin,
    };
  }
}

/** No rule finds statements that only read rows or insert literal rows, so these are skipped silently. */
function* notChecked({ start, text }: Piece): Generator<Problem> {
  if (/^(insert|select|values)$/i.test(firstWord(text))) return;
  const at = start + (skipBlank(text, 0) ?? 0);
  yield {
    rule: "not-checked",
    at,
    message: `This ${firstWord(text).toUpperCase()} is too large or too deeply nested to be checked.`,
  };
}

function firstWord(text: string): string {
  return /^\w*/.exec(text.slice(skipBlank(text, 0)))?.[0] ?? "";
}
