import type { Session } from "../kernel/database.ts";

export function quoteTable(table: string): string {
  const [schema = "", name = ""] = table.split(".");
  return `"${schema}"."${name}"`;
}

/**
 * Creates the table of seaworthy's own history where it is missing. A row without `applied_at` is the intent of a
 * migration that runs without a transaction, with the number of its statements that are done.
 */
export async function createTable(session: Session, table: string): Promise<void> {
  const quoted = quoteTable(table);
  await createOnce(
    session,
    table,
    `CREATE TABLE ${quoted} (
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
  );
}

/** Runs `create` and lets everybody read the table, where `schema.table` does not exist. */
export async function createOnce(session: Session, table: string, create: string): Promise<void> {
  const [schema = ""] = table.split(".");
  // CREATE … IF NOT EXISTS asks for the right to create even where there is nothing to create.
  const [found] = await session.query(`SELECT to_regclass(${session.literal(quoteTable(table))}) IS NOT NULL AS table,
    to_regnamespace(${session.literal(`"${schema}"`)}) IS NOT NULL AS schema`);
  if (found?.["table"] === true) return;
  // The app's role may be another than the upgrade's: it only needs to read, and names of migrations are no secret.
  const createSchema =
    found?.["schema"] === true ? "" : `CREATE SCHEMA "${schema}"; GRANT USAGE ON SCHEMA "${schema}" TO PUBLIC;`;
  // One message is one implicit transaction: all of it or nothing.
  await session.query(`${createSchema} ${create}; GRANT SELECT ON ${quoteTable(table)} TO PUBLIC`);
}
