import type { DatabaseKind, SqlWords } from "../tool.ts";

/** A history table. Without a schema, the session's search path finds it. */
export interface TableName {
  readonly schema: string | undefined;
  readonly table: string;
}

export interface Dialect extends SqlWords {
  /** Precedes a look's query in the same message: a look must not queue behind a migration that locks the table. */
  readonly prelude: string;
  readonly quote: (name: TableName) => string;
  /** A table expression `w` with one column, `name`. */
  readonly wanted: (names: readonly string[], literal: Literal) => string;
  /** Condition: the rows of a query that returns `name` do not contain `w.name`. */
  readonly isNotIn: (query: string) => string;
  /**
   * Lists tables with these names (in lower case), one row per column: schema, table, column, visible. Locks nothing.
   */
  readonly catalogue: (names: readonly string[], literal: Literal) => string;
}

export type Literal = (value: string) => string;

const doubleQuoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const backQuoted = (name: string) => `\`${name.replaceAll("`", "``")}\``;

function quoteTable(identifier: (name: string) => string) {
  return ({ schema, table }: TableName) => (schema === undefined ? "" : `${identifier(schema)}.`) + identifier(table);
}

const postgres: Dialect = {
  kind: "postgres",
  // The message is one implicit transaction, and SET LOCAL ends with it. A plain SET would stay in a pooled session.
  prelude: "SET LOCAL lock_timeout = '500ms'; ",
  identifier: doubleQuoted,
  quote: quoteTable(doubleQuoted),
  text: (expression) => `(${expression})::text COLLATE "C"`,
  concat: (...expressions) => expressions.join(" || "),
  wanted: (names, literal) => `json_array_elements_text(${literal(JSON.stringify(names))}::json) AS w(name)`,
  isNotIn: (query) => `NOT EXISTS (SELECT FROM (${query}) AS applied WHERE applied.name = w.name)`,
  // Not information_schema: it hides tables that the role may not read, and nothing would seem to be applied.
  catalogue: (
    names,
    literal,
  ) => `SELECT n.nspname::text AS "schema", c.relname::text AS "table", a.attname::text AS "column",
      pg_catalog.pg_table_is_visible(c.oid) AS visible
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND lower(c.relname) IN (${names.map(literal).join(", ")})`,
};

const mysql: Dialect = {
  kind: "mysql",
  // 1 s is the minimum. It applies to the session only, which ends after the look.
  prelude: "SET SESSION lock_wait_timeout = 1; ",
  identifier: backQuoted,
  quote: quoteTable(backQuoted),
  // Gives both sides of a comparison the same collation: tables and sessions differ.
  text: (expression) => `CAST(${expression} AS CHAR CHARACTER SET utf8mb4) COLLATE utf8mb4_bin`,
  concat: (...expressions) => `CONCAT(${expressions.join(", ")})`,
  // Not JSON_TABLE: MySQL 5.7 and MariaDB 10.5 do not have it.
  wanted: (names, literal) =>
    `(${names.map((name) => `SELECT ${literal(name)} COLLATE utf8mb4_bin AS name`).join(" UNION ALL ")}) AS w`,
  // NOT IN hashes the rows once; EXISTS would compare each pair.
  isNotIn: (query) => `w.name NOT IN (SELECT applied.name FROM (${query}) AS applied WHERE applied.name IS NOT NULL)`,
  catalogue: (names, literal) => `SELECT table_schema AS \`schema\`, table_name AS \`table\`, column_name AS \`column\`,
      table_schema = DATABASE() AS visible
    FROM information_schema.columns
    WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')
      AND table_schema IN (DATABASE(), 'sqitch', 'atlas_schema_revisions') AND LOWER(table_name) IN (${names.map(literal).join(", ")})`,
};

const sqlite: Dialect = {
  kind: "sqlite",
  prelude: "",
  identifier: doubleQuoted,
  quote: quoteTable(doubleQuoted),
  text: (expression) => `CAST(${expression} AS TEXT)`,
  concat: (...expressions) => expressions.join(" || "),
  wanted: (names, literal) => `(SELECT value AS name FROM json_each(${literal(JSON.stringify(names))})) AS w`,
  isNotIn: (query) => `w.name NOT IN (SELECT applied.name FROM (${query}) AS applied WHERE applied.name IS NOT NULL)`,
  catalogue: (names, literal) => `SELECT 'main' AS "schema", m.name AS "table", p.name AS "column", 1 AS visible
    FROM sqlite_master AS m, pragma_table_info(m.name) AS p
    WHERE m.type IN ('table', 'view') AND lower(m.name) IN (${names.map(literal).join(", ")})`,
};

export const dialects: Readonly<Record<DatabaseKind, Dialect>> = { postgres, mysql, sqlite };

/** `schema.table` or `table`. */
export function parseTable(text: string): TableName {
  const dot = text.indexOf(".");
  return dot === -1 ? { schema: undefined, table: text } : { schema: text.slice(0, dot), table: text.slice(dot + 1) };
}
