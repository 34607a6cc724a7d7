import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { StatementError, UnreachableError, type Row, type Session } from "../../kernel/database.ts";
import { messageOf } from "../../kernel/failure.ts";
import { readUrl } from "../../urls/read.ts";

/** The part of a session that a look needs. seaworthy does not upgrade SQLite databases. */
export type SqliteSession = Pick<Session, "query" | "literal" | "close">;

interface SqliteOptions {
  /** Whether to refuse a missing file, or to treat it as an empty database. */
  readonly ifMissing?: "refuse" | "empty";
}

/** A writer usually locks the file for moments. A longer lock is a transaction. */
const busyLimitMs = 500;
const busyPauseMs = 20;

/**
 * Reads from a database file, by a URL in any tool's notation (src/urls/sqlite.ts). Each query opens the file again, which
 * costs a fraction of a millisecond: it holds no lock between queries, and sees a replaced file.
 * Rejects with an UnreachableError if the file is missing or unreadable.
 */
export async function openSqlite(url: string, { ifMissing = "refuse" }: SqliteOptions = {}): Promise<SqliteSession> {
  const { DatabaseSync } = await import("node:sqlite");
  const paths = pathsOf(url);
  const open = () => {
    const path = choosePath(paths);
    if (path === undefined && ifMissing === "refuse") throw noneExists(paths);
    try {
      if (path === undefined || (ifMissing === "empty" && !existsSync(path))) return new DatabaseSync(":memory:");
      // Do not use SQLite's own timeout: it blocks the event loop.
      return new DatabaseSync(isIdleInWalMode(path) ? unchanging(path) : path, { readOnly: true, timeout: 0 });
    } catch (error) {
      throw unreachable(path ?? "", error);
    }
  };
  const read = (sql: string) => {
    const database = open();
    try {
      return database.prepare(sql).all() as readonly Row[];
    } catch (error) {
      throw statementError(error);
    } finally {
      database.close();
    }
  };
  open().close();
  return {
    literal: (value) => `'${value.replaceAll("'", "''")}'`,
    async query(sql) {
      const deadline = performance.now() + busyLimitMs;
      for (;;) {
        try {
          return read(sql);
        } catch (error) {
          const isBusy = error instanceof StatementError && error.sqlState === busy;
          if (!isBusy || performance.now() > deadline) throw error;
          await sleep(busyPauseMs);
        }
      }
    },
    close: async () => {},
  };
}

function unreachable(path: string, error: unknown): UnreachableError {
  const cause = existsSync(path) ? messageOf(error) : "it does not exist";
  const fix = "Check `url:`, the volume, and that the user may read the file";
  return new UnreachableError(`cannot open the SQLite database ${path}: ${cause}. ${fix}.`, {
    transient: true,
    cause: error,
  });
}

function pathsOf(url: string): readonly string[] {
  const read = readUrl(url);
  const cause = "refusal" in read ? read.refusal : "it does not lead to SQLite";
  if ("address" in read && read.address.engine === "sqlite") return read.address.paths.map((path) => resolve(path));
  throw new UnreachableError(`cannot use the URL of the database: ${cause}.`, { transient: false, cause: undefined });
}

/** One URL may mean different files for different tools. Only if exactly one of them exists, the meaning is clear. */
function choosePath(paths: readonly string[]): string | undefined {
  const there = [...new Set(paths)].filter((path) => existsSync(path));
  if (there.length > 1) {
    const message = `the URL may mean ${there.join(" or ")}. Write sqlite: and the absolute path, as in sqlite:${there[0]}.`;
    throw new UnreachableError(message, { transient: false, cause: undefined });
  }
  return there[0] ?? (paths.length === 1 ? paths[0] : undefined);
}

function noneExists(paths: readonly string[]): UnreachableError {
  const message = `cannot open the SQLite database: neither ${paths.join(" nor ")} exists. Check \`url:\` and the volume.`;
  return new UnreachableError(message, { transient: true, cause: undefined });
}

/**
 * Whether the file is in WAL mode and no process has it open. To read it, SQLite would then create two files beside it,
 * and leave them there with this process's owner. But a look must not write.
 */
function isIdleInWalMode(path: string): boolean {
  if (existsSync(`${path}-wal`)) return false;
  const header = Buffer.alloc(20);
  const descriptor = openSync(path, "r");
  try {
    readSync(descriptor, header, 0, header.length, 0);
  } finally {
    closeSync(descriptor);
  }
  // https://sqlite.org/fileformat.html#file_format_version_numbers
  return header[18] === 2;
}

/** Reads without locks and extra files. For the moment of a look that is safe: changes go to the WAL first. */
function unchanging(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  return url;
}

const busy = "55P03";

/** Converts SQLite's codes (https://sqlite.org/rescode.html) to SQLSTATEs, which the program uses. */
function statementError(error: unknown): StatementError {
  const message = messageOf(error);
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  return new StatementError(message, { sqlState: stateOf(code, message), cause: error });
}

function stateOf(code: number, message: string): string {
  if (message.startsWith("no such table")) return "42P01";
  if (message.startsWith("no such column")) return "42703";
  if (code === 5 || code === 6) return busy;
  // No permission, not authorized, or the file cannot be opened by the first statement.
  if (code === 3 || code === 23 || code === 14) return "42501";
  // Damaged, or not a database.
  return code === 11 || code === 26 ? "XX001" : "42000";
}
