import type { TestDatabase } from "../../harness/database.ts";
import { parseTable } from "../../../src/histories/tools/table/dialects.ts";
import type { DatabaseKind } from "../../../src/histories/tools/tool.ts";
import type { Fixture } from "./fixtures.ts";

/** The tools' column types on other databases, by their types on Postgres. */
const types: Readonly<Record<"mysql" | "sqlite", Readonly<Record<string, string>>>> = {
  mysql: {
    boolean: "tinyint(1)",
    bigint: "bigint",
    integer: "int",
    text: "text",
    "character varying": "varchar(255)",
    "timestamp with time zone": "varchar(40)",
    "timestamp without time zone": "varchar(40)",
  },
  sqlite: {
    boolean: "boolean",
    bigint: "bigint",
    integer: "integer",
    text: "text",
    "character varying": "varchar(255)",
  },
};

/**
 * SQL that creates a fixture's history on a database on which it was not recorded, with the columns and rows from
 * Postgres. Undefined if the tool does not support the database or the fixture does not exist.
 */
export async function carryOver(
  postgres: TestDatabase,
  fixture: Fixture,
  kind: Exclude<DatabaseKind, "postgres">,
  when: "older" | "now" | "failed",
): Promise<string | undefined> {
  const recorded = fixture.sql("postgres", when);
  const usual = fixture.tool.tables[kind];
  if (recorded === undefined || usual === undefined) return undefined;
  await postgres.query(recorded);
  const source = parseTable(fixture.tool.tables.postgres ?? "");
  const tables = await postgres.query(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = '${source.schema ?? "public"}' ORDER BY 1`,
  );
  const home = parseTable(usual);
  const statements: string[] = [];
  for (const { name } of tables) {
    const target = name === source.table ? home.table : rename(String(name), source.table, home.table);
    statements.push(
      ...(await carryTable(postgres, { schema: source.schema ?? "public", table: String(name) }, target, kind)),
    );
  }
  return statements.join(";\n");
}

/** Liquibase uses capitals on databases that preserve case. */
function rename(name: string, from: string, to: string): string {
  return from.toLowerCase() === to.toLowerCase() && from !== to ? name.toUpperCase() : name;
}

async function carryTable(
  postgres: TestDatabase,
  { schema, table }: { readonly schema: string; readonly table: string },
  target: string,
  kind: "mysql" | "sqlite",
): Promise<readonly string[]> {
  const quote = (name: unknown) => (kind === "mysql" ? `\`${String(name)}\`` : `"${String(name)}"`);
  const columns = await postgres.query(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
      WHERE table_schema = '${schema}' AND table_name = '${table}' ORDER BY ordinal_position`,
  );
  const rows = await postgres.query(
    `SELECT ${columns
      .map(({ name, type }) => (type === "boolean" ? `"${String(name)}"::int::text` : `"${String(name)}"::text`))
      .map((sql, i) => `${sql} AS c${i}`)
      .join(", ")}
      FROM "${schema}"."${table}"`,
  );
  const definitions = columns.map(({ name, type }) => `${quote(name)} ${types[kind][String(type)] ?? "text"}`);
  const literal = (value: unknown) => {
    if (value === null) return "NULL";
    const text = String(value).replaceAll("'", "''");
    return kind === "mysql" ? `'${text.replaceAll("\\", "\\\\")}'` : `'${text}'`;
  };
  return [
    `CREATE TABLE ${quote(target)} (${definitions.join(", ")})`,
    ...rows.map(
      (row) => `INSERT INTO ${quote(target)} VALUES (${columns.map((_, i) => literal(row[`c${i}`])).join(", ")})`,
    ),
  ];
}
