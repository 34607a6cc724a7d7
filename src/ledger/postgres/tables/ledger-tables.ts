import type { Session } from "../../../kernel/database.ts";

/** A table that seaworthy keeps in a database. */
export interface LedgerTable {
  /** `schema.table` in lower case. */
  readonly name: string;
  /** SQL that creates it, in a schema that exists. */
  readonly createSql: string;
  /** Only the upgrade's role may read it. Default: every role may. */
  readonly isPrivate?: boolean;
}

export function quoteTable(table: string): string {
  const [schema = "", name = ""] = table.split(".");
  return `"${schema}"."${name}"`;
}

const schemaOf = ({ name }: LedgerTable) => name.slice(0, name.indexOf("."));

/**
 * The table of seaworthy's own history. A row without `applied_at` is the intent of a migration without a transaction, and
 * counts its finished statements.
 */
export function historyTable(name: string): LedgerTable {
  const quoted = quoteTable(name);
  return {
    name,
    createSql: `CREATE TABLE ${quoted} (
      position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
      name text COLLATE "C" PRIMARY KEY,
      checksum text NOT NULL,
      release text,
      floor text,
      statements integer,
      started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      applied_at timestamptz);
    CREATE INDEX ON ${quoted} (floor) WHERE floor IS NOT NULL;
    CREATE INDEX ON ${quoted} (position) WHERE applied_at IS NULL`,
  };
}

/**
 * Creates the missing tables, all or none, and lets every role read those that are not private. Call it only while holding
 * the upgrade lock.
 * @returns the names of the new tables, which are empty
 */
export async function createTables(session: Session, tables: readonly LedgerTable[]): Promise<ReadonlySet<string>> {
  // Two folders of migrations may share one history.
  const wanted = new Map(tables.map((table) => [table.name, table]));
  const values = [...wanted.values()].map((table) => {
    const words = [table.name, quoteTable(table.name), `"${schemaOf(table)}"`];
    return `(${words.map((word) => session.literal(word)).join(", ")})`;
  });
  // CREATE … IF NOT EXISTS needs the right to create even if the table exists.
  const rows = await session.query(`SELECT name, to_regclass(quoted) IS NULL AS missing,
      to_regnamespace(schema) IS NULL AS without_schema
    FROM (VALUES ${values.join(", ")}) AS wanted (name, quoted, schema)`);
  const namesWhere = (column: string) => new Set(rows.filter((row) => row[column] === true).map((row) => row["name"]));
  const [missing, withoutSchema] = [namesWhere("missing"), namesWhere("without_schema")];
  const created = [...wanted.values()].filter(({ name }) => missing.has(name));
  if (created.length === 0) return new Set();
  const schemas = new Set(created.filter(({ name }) => withoutSchema.has(name)).map(schemaOf));
  // The app may have another role, which needs to read the tables. Names of migrations are no secret.
  const statements = [
    ...[...schemas].map((schema) => `CREATE SCHEMA "${schema}"; GRANT USAGE ON SCHEMA "${schema}" TO PUBLIC`),
    ...created.map(({ name, createSql, isPrivate = false }) =>
      isPrivate ? createSql : `${createSql}; GRANT SELECT ON ${quoteTable(name)} TO PUBLIC`,
    ),
  ];
  // One message is one implicit transaction: all of it or nothing.
  await session.execute(statements.join(";\n"));
  return new Set(created.map(({ name }) => name));
}
