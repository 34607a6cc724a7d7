import type { Node, RawStmt } from "libpg-query";
import { indexOfCharacter } from "../../migrations/statements.ts";
import { SqlSyntaxError, type SqlParser } from "./parser.ts";
import type { Problem } from "../problem.ts";
import { skipBlank, splitIntoBatches, splitPieces, type Piece } from "./split.ts";

export interface ParsedStatement {
  readonly node: Node;
  /** Where it begins in the migration. */
  readonly start: number;
  readonly text: string;
  /** The place in `text` for a location of the syntax tree. */
  readonly indexOf: (location: number | undefined) => number;
}

export interface Reader {
  readonly parser: () => Promise<SqlParser>;
  /** For a parser that threw anything but a SqlSyntaxError: it cannot be used again. */
  readonly discardParser: () => void;
}

/** In characters. A tree takes about a hundred times the room of its text. */
const batchSize = 250_000;
const statementLimit = 2_000_000;

/**
 * The statements of a migration in batches, and a problem in place of what cannot be parsed. After a syntax error there
 * is nothing more: what follows may be the inside of anything.
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
    const message = "Postgres cannot parse it: a text cannot hold the character of code 0.";
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

/** Postgres counts bytes of UTF-8. */
function* placeStatements(statements: readonly RawStmt[], { text, start }: Piece): Generator<ParsedStatement> {
  const encoded = Buffer.from(text);
  const unitsBetween =
    encoded.length === text.length
      ? (from: number, to: number) => to - from
      : (from: number, to: number) => encoded.subarray(from, to).toString().length;
  // Each counts on from the one before: a file of rows has very many.
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

/** Of statements that read rows, or write those that are in the text, there is nothing to say. */
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
