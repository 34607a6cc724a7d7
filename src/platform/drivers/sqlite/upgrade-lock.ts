import { existsSync, statSync, utimesSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describeHolders } from "./lock-holders.ts";
import { createLike, lockPathOf } from "./paths.ts";

/** A look at the lock holds it for an instant. */
const momentMs = 100;
/** https://sqlite.org/rescode.html#busy */
const busyCode = 5;
const isBusy = (error: unknown) =>
  error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === busyCode;

/**
 * The upgrade lock: SQLite's exclusive lock on an empty file beside the database. The kernel frees it when the process ends, in
 * whatever way. A lock on the database itself would also keep the app's own migration tool out.
 */
export interface UpgradeLock {
  readonly release: () => void;
}

/** Undefined if another process has it. Throws an error of the file system or of SQLite. */
export function takeUpgradeLock(realPath: string): UpgradeLock | undefined {
  const path = lockPathOf(realPath);
  if (!existsSync(path)) createLike(realPath, path);
  const database = new DatabaseSync(path, { timeout: momentMs });
  try {
    // Otherwise a journal would stay beside it if the process is killed.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  const now = new Date();
  utimesSync(path, now, now);
  return { release: () => database.close() };
}

/** Whether an upgrade holds the lock. Writes nothing. Undefined if this user may not know. */
export function isUpgradeLockHeld(realPath: string): boolean | undefined {
  const path = lockPathOf(realPath);
  if (!existsSync(path)) return false;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    database.prepare("SELECT 1 FROM sqlite_schema").all();
    return false;
  } catch (error) {
    return isBusy(error) ? true : undefined;
  } finally {
    database?.close();
  }
}

/** Names the process that holds the lock, and for how long, as far as can be seen. */
export function describeLockHolder(realPath: string): string {
  const path = lockPathOf(realPath);
  const who =
    describeHolders(path, undefined) ?? "an upgrade that cannot be seen from here, for example in another container";
  if (!existsSync(path)) return who;
  const seconds = Math.max(0, Math.round((Date.now() - statSync(path).mtimeMs) / 1000));
  return `${who} for ${seconds} s`;
}
