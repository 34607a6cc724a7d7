import type { Session } from "../../../kernel/database.ts";
import { write } from "../writing.ts";

/** A table that seaworthy keeps in a database. */
export interface LedgerTable {
  readonly name: string;
  /** Statements that create it. They work in every version of SQLite 3: the app's own may be old. */
  readonly createSql: readonly string[];
}

/** SQLite has no schemas: `seaworthy.migrations` is `seaworthy_migrations` there. */
export const nameOf = (history: string) => history.replace(".", "_");
export const quoteTable = (history: string) => `"${nameOf(history)}"`;

export const now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

/**
 * The table of seaworthy's own history. A row without `applied_at` is the intent of a migration without a transaction, and
 * counts its finished statements.
 */
export function historyTable(history: string): LedgerTable {
  return {
    name: nameOf(history),
    createSql: [
      `CREATE TABLE ${quoteTable(history)} (
      position INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      checksum TEXT NOT NULL,
      release TEXT,
      floor TEXT,
      statements INTEGER,
      started_at TEXT NOT NULL DEFAULT (${now}),
      applied_at TEXT)`,
    ],
  };
}

/**
 * Creates the missing tables, all or none. Call it only while holding the upgrade lock.
 * @returns the names of the new tables, which are empty
 */
export async function createTables(session: Session, tables: readonly LedgerTable[]): Promise<ReadonlySet<string>> {
  // Two folders of migrations may share one history.
  const wanted = new Map(tables.map((table) => [table.name, table]));
  const names = session.literal(JSON.stringify([...wanted.keys()]));
  const rows = await session.query(`SELECT name FROM sqlite_schema
    WHERE type = 'table' AND name IN (SELECT value FROM json_each(${names}))`);
  for (const { name } of rows) wanted.delete(String(name));
  if (wanted.size === 0) return new Set();
  await write(
    session,
    [...wanted.values()].flatMap(({ createSql }) => createSql),
  );
  return new Set(wanted.keys());
}
