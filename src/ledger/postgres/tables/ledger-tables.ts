import type { Session } from "../../../kernel/database.ts";

/** A table that seaworthy keeps in a database. */
export interface LedgerTable {
  /** `schema.table` in lower case. */
  readonly name: string;
  /** SQL that creates it, in a schema that exists. */
  readonly createSql: string;
  /** Only the role that upgrades may read it. Default: every role may. */
  readonly isPrivate?: boolean;
}

export function quoteTable(table: string): string {
  const [schema = "", name = ""] = table.split(".");
  return `"${schema}"."${name}"`;
}

const schemaOf = ({ name }: LedgerTable) => name.slice(0, name.indexOf("."));

/**
 * The table of seaworthy's own history. A row without `applied_at` is the intent of a migration that runs without a
 * transaction, with the number of its statements that are done.
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
 * Creates those that are missing, all or none, and lets every role read those that are not private. Call it only while holding the upgrade lock.
 * @returns the names of those that it created: they are empty
 */
export async function createTables(session: Session, tables: readonly LedgerTable[]): Promise<ReadonlySet<string>> {
  // Two folders of migrations may have one history.
  const wanted = new Map(tables.map((table) => [table.name, table]));
  const values = [...wanted.values()].map((table) => {
    const words = [table.name, quoteTable(table.name), `"${schemaOf(table)}"`];
    return `(${words.map((word) => session.literal(word)).join(", ")})`;
  });
  // CREATE … IF NOT EXISTS asks for the right to create even where there is nothing to create.
  const rows = await session.query(`SELECT name, to_regclass(quoted) IS NULL AS missing,
      to_regnamespace(schema) IS NULL AS without_schema
    FROM (VALUES ${values.join(", ")}) AS wanted (name, quoted, schema)`);
  const namesWhere = (column: string) => new Set(rows.filter((row) => row[column] === true).map((row) => row["name"]));
  const [missing, withoutSchema] = [namesWhere("missing"), namesWhere("without_schema")];
  const created = [...wanted.values()].filter(({ name }) => missing.has(name));
  if (created.length === 0) return new Set();
  const schemas = new Set(created.filter(({ name }) => withoutSchema.has(name)).map(schemaOf));
  // The app's role may be another than the upgrade's: it only needs to read, and names of migrations are no secret.
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
