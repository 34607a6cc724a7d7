import { existsSync } from "node:fs";
import { StatementError, UnreachableError } from "../../../kernel/database.ts";
import { messageOf } from "../../../kernel/failure.ts";

export const busy = "55P03";
/** SQLSTATE object_in_use: the database is locked, but not by an upgrade. */
export const lockedByApp = "55006";

export function unreachable(path: string, error: unknown): UnreachableError {
  const cause = existsSync(path) ? messageOf(error) : "it does not exist";
  const fix = "Check `url:`, the volume, and that the user may read the file";
  return new UnreachableError(`cannot open the SQLite database ${path}: ${cause}. ${fix}.`, {
    transient: true,
    cause: error,
  });
}

/** SQLSTATE query_canceled. */
export const cancelled = (cause?: unknown) => new StatementError("cancelled", { sqlState: "57014", cause });

/** An error of SQLite in a form that can be sent to another process. */
export interface SentError {
  readonly message: string;
  /** SQLite's extended code: https://sqlite.org/rescode.html. 0 for an error of Node. */
  readonly code: number;
  readonly statementsDone?: number;
}

export function describeError(error: unknown, statementsDone?: number): SentError {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) : 0;
  return { message: messageOf(error), code, ...(statementsDone !== undefined && { statementsDone }) };
}

/** Converts SQLite's codes to SQLSTATEs, which the program uses. */
export function statementErrorOf({ message, code, statementsDone }: SentError, cause?: unknown): StatementError {
  return new StatementError(code === rollbackNeeded ? needsRollback : message, {
    sqlState: stateOf(code, message),
    statementsDone,
    cause,
  });
}

/** @param path names the file in an error that concerns all of it */
export function statementError(error: unknown, path: string): StatementError {
  const sent = describeError(error);
  const isOfFile = stateOf(sent.code, sent.message) === "XX001";
  return statementErrorOf(isOfFile ? { ...sent, message: `${path}: ${sent.message}` } : sent, error);
}

/** SQLITE_READONLY_ROLLBACK */
const rollbackNeeded = 776;
const needsRollback =
  "a process was killed in the middle of a transaction, which the next one that writes to the database rolls back: --upgrade, or the app";

function stateOf(code: number, message: string): string {
  if (code === rollbackNeeded) return "40000";
  if (message.startsWith("no such table")) return "42P01";
  if (message.startsWith("no such column")) return "42703";
  const primary = code & 0xff;
  switch (primary) {
    // Busy, locked.
    case 5:
    case 6:
      return busy;
    // No permission, cannot open (the first statement opens the file), not authorized.
    case 3:
    case 14:
    case 23:
      return "42501";
    // The file or its folder is read-only.
    case 8:
      return "25006";
    // Damaged, or not a database.
    case 11:
    case 26:
      return "XX001";
    case 13:
      return "53100";
    case 19:
      return "23000";
    default:
      return "42000";
  }
}
