import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { StatementError, type Row, type Session } from "../../../kernel/database.ts";
import { statementSeparator } from "../../../kernel/statement-separator.ts";
import { busy, cancelled, lockedByApp, statementError, unreachable } from "./errors.ts";
import { choosePath, choosePathToCreate, noneExists, pathsOf, realPathOf, refuseOtherThanFile } from "./paths.ts";

export interface SqliteOptions {
  /** Whether to refuse a missing file, or to treat it as an empty database. It is never created. */
  readonly ifMissing?: "refuse" | "empty";
  /** Whether to roll back what a killed process has left. Otherwise the database cannot be read until a writer has done so. */
  readonly recovers?: boolean;
  /** How long to wait for a writer. Default: 500. It usually locks the file for moments: a longer lock is a transaction. */
  readonly busyLimitMs?: number;
}

const usualLimitMs = 500;
const busyPauseMs = 20;

/**
 * Reads from a database file, by a URL in any tool's notation (src/urls/sqlite.ts). Each query opens the file again, which
 * costs a fraction of a millisecond: it holds no lock between queries, and sees a replaced file. It has the functions of
 * functions.ts. Rejects with an UnreachableError if the file is missing or unreadable.
 */
export async function openSqlite(
  url: string,
  { ifMissing = "refuse", recovers = false, busyLimitMs = usualLimitMs }: SqliteOptions = {},
): Promise<Session> {
  const { DatabaseSync } = await import("node:sqlite");
  const { addFunctions } = await import("./functions.ts");
  const paths = pathsOf(url);
  const open = () => {
    const path = ifMissing === "empty" ? choosePathToCreate(paths) : choosePath(paths);
    if (path === undefined) throw noneExists(paths);
    refuseOtherThanFile(path);
    try {
      const database = openFile(path, DatabaseSync, { ifMissing, recovers });
      addFunctions(database, path);
      return database;
    } catch (error) {
      throw unreachable(path, error);
    }
  };
  const read = (sql: string) => {
    const database = open();
    try {
      return sql
        .split(statementSeparator)
        .map((statement) => database.prepare(statement).all())
        .at(-1) as readonly Row[];
    } catch (error) {
      throw statementError(error, database.location() ?? "");
    } finally {
      database.close();
    }
  };
  open().close();
  const realPath = () => realPathOf(choosePath(paths) ?? choosePathToCreate(paths));
  let isCancelled = false;
  const query = async (sql: string) => {
    const deadline = performance.now() + busyLimitMs;
    for (;;) {
      if (isCancelled) throw cancelled();
      try {
        return read(sql);
      } catch (error) {
        const isBusy = error instanceof StatementError && error.sqlState === busy;
        if (!isBusy) throw error;
        if (performance.now() > deadline) throw await explainBusy(error, realPath());
        await sleep(busyPauseMs);
      }
    }
  };
  return {
    query,
    literal,
    async execute(sql) {
      await query(sql);
    },
    queryWith: () => Promise.reject(new Error("a session that only reads takes no values")),
    isPooled: async () => false,
    cancel: async () => void (isCancelled = true),
    close: async () => {},
    lost: new Promise(() => {}),
  };
}

/** Tells the lock of an upgrade from that of the app. The same error, if this user may not know. */
async function explainBusy(error: StatementError, path: string): Promise<StatementError> {
  const { isUpgradeLockHeld } = await import("./upgrade-lock.ts");
  if (isUpgradeLockHeld(path) !== false) return error;
  const { describeHolders } = await import("./lock-holders.ts");
  const who = describeHolders(path, undefined) ?? "another process";
  return new StatementError(`${who} has locked the SQLite database ${path}, and no upgrade is running`, {
    sqlState: lockedByApp,
    cause: error,
  });
}

export const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;

function openFile(
  path: string,
  Database: typeof DatabaseSync,
  { ifMissing, recovers }: Required<Pick<SqliteOptions, "ifMissing" | "recovers">>,
): DatabaseSync {
  if (ifMissing === "empty" && !existsSync(path)) return new Database(":memory:");
  if (recovers && existsSync(`${path}-journal`)) {
    const database = new Database(path, { timeout: 0 });
    database.exec("PRAGMA query_only = ON");
    return database;
  }
  if (!recovers && lacksIndex(path))
    throw new Error(
      "it has a log (-wal) without its index (-shm), as a copy has. To read it would create the index: start the app, or run --upgrade",
    );
  // Do not use SQLite's own timeout: it blocks the event loop.
  return new Database(isIdleInWalMode(path) ? unchanging(path) : path, { readOnly: true, timeout: 0 });
}

/**
 * Whether the file is in WAL mode and no process has it open. To read it, SQLite would then create two files beside it,
 * and leave them there with this process's owner. But a look must not write.
 */
function isIdleInWalMode(path: string): boolean {
  if (logSize(path) > 0 || existsSync(`${path}-shm`)) return false;
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

/** Whether changes are in the log, and only a process that creates a file could read them. */
function lacksIndex(path: string): boolean {
  return logSize(path) > 0 && !existsSync(`${path}-shm`);
}

/** 0 if there is none. */
function logSize(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/** Reads without locks and extra files. For the moment of a look that is safe: changes go to the WAL first. */
function unchanging(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  return url;
}
