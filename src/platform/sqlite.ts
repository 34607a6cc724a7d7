import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { StatementError, UnreachableError, type Row, type Session } from "../kernel/database.ts";
import { messageOf } from "../kernel/failure.ts";

/** What a look needs; a SQLite database is never upgraded by us. */
export type SqliteSession = Pick<Session, "query" | "literal" | "close">;

/** A writer has the file to itself for moments; one that keeps it longer is at work. */
const busyLimitMs = 500;
const busyPauseMs = 20;

/**
 * Opens a database file for reading only: `sqlite:/data/app.db`, `sqlite:///data/app.db`, `sqlite:app.db` or `file:…`.
 * Rejects with an UnreachableError where there is no such file, or it may not be read.
 */
export async function openSqlite(url: string): Promise<SqliteSession> {
  const { DatabaseSync } = await import("node:sqlite");
  const path = pathOf(url);
  let database: InstanceType<typeof DatabaseSync>;
  try {
    // No timeout of SQLite's own: it waits without giving way to anything else.
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  } catch (error) {
    const cause = existsSync(path) ? messageOf(error) : "it does not exist";
    const fix = "Check `url:`, the volume, and that the user may read the file";
    throw new UnreachableError(`cannot open the SQLite database ${path}: ${cause}. ${fix}.`, {
      transient: true,
      cause: error,
    });
  }
  return {
    literal: (value) => `'${value.replaceAll("'", "''")}'`,
    async query(sql) {
      const deadline = performance.now() + busyLimitMs;
      for (;;) {
        try {
          return database.prepare(sql).all() as readonly Row[];
        } catch (error) {
          const refused = statementError(error);
          if (refused.sqlState !== busy || performance.now() > deadline) throw refused;
          await sleep(busyPauseMs);
        }
      }
    },
    close: async () => database.close(),
  };
}

/** The path in a URL of SQLite. */
export function pathOf(url: string): string {
  const path = url.replace(/^(sqlite3?|file):(\/\/)?/, "").replace(/\?.*$/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const busy = "55P03";

/** SQLite has codes of its own (https://sqlite.org/rescode.html); the rest of the program knows SQLSTATEs. */
function statementError(error: unknown): StatementError {
  const message = messageOf(error);
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  return new StatementError(message, { sqlState: stateOf(code, message), cause: error });
}

function stateOf(code: number, message: string): string {
  if (message.startsWith("no such table")) return "42P01";
  if (message.startsWith("no such column")) return "42703";
  if (code === 5 || code === 6) return busy;
  // May not, not authorized, cannot open the file that the first statement opens.
  if (code === 3 || code === 23 || code === 14) return "42501";
  // Damaged, or no database at all.
  return code === 11 || code === 26 ? "XX001" : "42000";
}
