import type { Row } from "../../../kernel/database.ts";
import type { Dialect, Literal, TableName } from "./dialects.ts";
import type { Expression, HeadsTool, RowsTool } from "../tool.ts";

/** The answer to a look's query of a RowsTool. */
export interface RowsAnswer {
  /** The requested keys that are not applied. */
  readonly missing: ReadonlySet<string>;
  readonly latest: string | undefined;
  readonly failed: ReadonlySet<string>;
  readonly baselines: readonly string[];
}

/** A look reads at most this many failures and baselines. Usually there are only a few. */
const fewRows = 100;

/**
 * One message with one lock-free query for a history of any length: the server compares, and sends the missing keys.
 */
export function rowsQuery(
  tool: RowsTool,
  dialect: Dialect,
  table: TableName,
  keys: readonly string[],
  literal: Literal,
): string {
  const write = (expression: Expression) => (typeof expression === "string" ? expression : expression(dialect));
  const quoted = dialect.quote(table);
  const source = tool.source?.(dialect, quoted) ?? quoted;
  const { revoked } = tool;
  // Most histories revoke nothing, so the database never computes the second half.
  const isStanding =
    revoked &&
    `${revoked.of} NOT IN (SELECT ${revoked.of} FROM ${quoted} WHERE ${revoked.rows})
      OR ${revoked.by} IN (SELECT MAX(${revoked.by}) FROM ${quoted} GROUP BY ${revoked.of})`;
  const where = (...conditions: readonly (string | undefined)[]) => {
    const given = conditions.filter((condition) => condition !== undefined).map((condition) => `(${condition})`);
    return given.length === 0 ? "" : ` WHERE ${given.join(" AND ")}`;
  };
  const applied = tool.applied === undefined ? undefined : write(tool.applied);
  const select = (key: Expression, ...conditions: readonly (string | undefined)[]) =>
    `SELECT ${dialect.text(write(key))} AS name FROM ${source}${where(isStanding, ...conditions)}`;
  const [firstKey = "NULL"] = tool.keys;
  const few = (query: string) => `SELECT x.name FROM (${query} LIMIT ${fewRows}) AS x`;

  const parts: [kind: string, query: string][] = [
    ["latest", `${select(firstKey, applied)} ORDER BY ${write(tool.order)} DESC LIMIT 1`],
  ];
  if (keys.length > 0) {
    const anyApplied = tool.keys.map((key) => select(key, applied)).join(" UNION ALL ");
    parts.push([
      "missing",
      `SELECT ${dialect.text("w.name")} AS name FROM ${dialect.wanted(keys, literal)} WHERE ${dialect.isNotIn(anyApplied)}`,
    ]);
  }
  if (tool.failed !== undefined) parts.push(["failed", few(select(firstKey, write(tool.failed)))]);
  if (tool.failures !== undefined)
    parts.push(["failed", few(tool.failures(dialect, (name) => dialect.quote({ ...table, table: name })))]);
  if (tool.baseline !== undefined) parts.push(["baseline", few(select(firstKey, write(tool.baseline.rows)))]);
  return (
    dialect.prelude +
    parts.map(([kind, query]) => `SELECT '${kind}' AS kind, p.name AS name FROM (${query}) AS p`).join(" UNION ALL ")
  );
}

export function readRowsAnswer(rows: readonly Row[]): RowsAnswer {
  const namesOf = (kind: string) => rows.filter((row) => row["kind"] === kind).map((row) => String(row["name"]));
  return {
    missing: new Set(namesOf("missing")),
    latest: namesOf("latest")[0],
    failed: new Set(namesOf("failed")),
    baselines: namesOf("baseline"),
  };
}

export function headsQuery(tool: HeadsTool, dialect: Dialect, table: TableName): string {
  const columns = Object.entries(tool.select).map(
    ([name, expression]) => `${typeof expression === "string" ? expression : expression(dialect)} AS ${name}`,
  );
  return `${dialect.prelude}SELECT ${columns.join(", ")} FROM ${dialect.quote(table)}`;
}

/** A query that returns a row if the tool's own lock is held. */
export function lockQuery(tool: RowsTool, dialect: Dialect, table: TableName): string | undefined {
  if (tool.lock === undefined) return undefined;
  const { suffix, held } = tool.lock;
  // Liquibase uses capitals on databases that preserve case.
  const name = table.table + (table.table === table.table.toUpperCase() ? suffix.toUpperCase() : suffix);
  return `${dialect.prelude}SELECT 1 AS held FROM ${dialect.quote({ ...table, table: name })} WHERE ${held}`;
}
