import { postgresTokens } from "./tokens.ts";

/** The statement with one space between its tokens, and without comments: these may stand anywhere. */
export function plainTextOf(sql: string): string {
  return Array.from(postgresTokens(sql), ({ index, end }) => sql.slice(index, end)).join(" ");
}

const part = String.raw`(?:"(?:[^"]|"")+"|[\w$\u0080-\uFFFF]+)`;
/** A name, with its schema or without. */
export const indexName = String.raw`(${part}(?: \. ${part})?)`;

const isCreate = /^CREATE (?:UNIQUE )?INDEX CONCURRENTLY\b/i;
const createIndex = new RegExp(
  String.raw`^CREATE (UNIQUE )?INDEX CONCURRENTLY (IF NOT EXISTS )?${indexName} ON (?:ONLY )?${indexName} (.*)$`,
  "is",
);

export interface ConcurrentIndex {
  readonly isUnique: boolean;
  readonly ifNotExists: boolean;
  /** As it is written, with its quotes: CREATE INDEX names it without a schema. */
  readonly name: string;
  readonly table: string;
  /** What follows the table: method, columns, condition. */
  readonly rest: string;
}

/** CREATE INDEX CONCURRENTLY. `unreadable`: without a name, or with a name in a form that cannot be looked up. */
export function readConcurrentIndex(sql: string): ConcurrentIndex | "unreadable" | undefined {
  const text = plainTextOf(sql);
  if (!isCreate.test(text)) return undefined;
  const [found, unique, condition, name = "", table = "", rest = ""] = createIndex.exec(text) ?? [];
  if (found === undefined || /^on$/i.test(name)) return "unreadable";
  return { isUnique: unique !== undefined, ifNotExists: condition !== undefined, name, table, rest };
}
