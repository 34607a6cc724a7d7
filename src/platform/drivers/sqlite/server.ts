import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { statementSeparator } from "../../../kernel/statement-separator.ts";
import { describeError, type SentError } from "./errors.ts";
import { addFunctions } from "./functions.ts";
import { addPrepareFunction } from "./instances-file.ts";
import { realPathOf } from "./paths.ts";
import { takeUpgradeLock, type UpgradeLock } from "./upgrade-lock.ts";

/** A message to the process that has the database. Each gets one answer, in order. */
export interface SqliteRequest {
  /** The absolute path of the database. Every request has the same. */
  readonly path: string;
  readonly number: number;
  /** Statements, separated by `statementSeparator`. */
  readonly sql: string;
  /** Values for `$1`, `$2`, … of a single statement. */
  readonly values?: readonly unknown[];
  /** Whether the rows of the last statement are wanted. */
  readonly wantsRows: boolean;
}

export interface SqliteAnswer {
  readonly number: number;
  readonly rows?: readonly unknown[];
  readonly error?: SentError;
}

/** The wait for a lock, unless a request sets another: the app's transactions are short. */
const patienceMs = 10_000;

/** After an error that has ended the transaction, as a full disk does. Postgres has the same rule. */
const aborted: SentError = { message: "an earlier error has rolled back the transaction", code: 4 };

/**
 * Runs the requests of one upgrade. Outside of a transaction, each request gets a fresh connection: the settings, temporary
 * tables and attached databases of a migration must not reach the next.
 */
export function serveSqlite() {
  let connection: DatabaseSync | undefined;
  let isAborted = false;
  let lock: UpgradeLock | undefined;

  const open = (path: string): DatabaseSync => {
    const opened = new DatabaseSync(path, {
      timeout: patienceMs,
      // Off, as by default in SQLite: DROP TABLE would delete the rows that refer to the table.
      enableForeignKeyConstraints: false,
      defensive: false,
    });
    addFunctions(opened, path);
    opened.function("seaworthy_take_lock", { directOnly: true }, () => {
      lock ??= takeUpgradeLock(realPathOf(path));
      return lock === undefined ? null : process.pid;
    });
    opened.function("seaworthy_release_lock", { directOnly: true }, () => {
      lock?.release();
      lock = undefined;
      return null;
    });
    addPrepareFunction(opened, () => realPathOf(path), patienceMs);
    return opened;
  };

  const answer = ({ path, number, sql, values, wantsRows }: SqliteRequest): SqliteAnswer => {
    if (sql === "ROLLBACK" && connection === undefined) {
      isAborted = false;
      return { number };
    }
    if (isAborted) return { number, error: aborted };
    let done = 0;
    const wasInTransaction = connection?.isTransaction === true;
    try {
      connection ??= open(path);
      if (values !== undefined) return { number, rows: runWith(connection, sql, values) };
      const statements = sql.split(statementSeparator);
      const last = wantsRows ? statements.pop() : undefined;
      for (; done < statements.length; done++) connection.exec(statements[done] ?? "");
      return { number, ...(last !== undefined && { rows: connection.prepare(last).all() }) };
    } catch (error) {
      isAborted = wasInTransaction && connection?.isTransaction !== true;
      return { number, error: describeError(error, done) };
    } finally {
      if (connection?.isTransaction !== true) closeConnection();
    }
  };

  const closeConnection = () => {
    const closing = connection;
    connection = undefined;
    closing?.close();
  };

  return {
    answer,
    /** Rolls back what is open, and frees the lock. */
    close() {
      try {
        closeConnection();
      } finally {
        lock?.release();
      }
    },
  };
}

/** The caller has made sure that the values are those that the statement names. */
function runWith(database: DatabaseSync, sql: string, values: readonly unknown[]): readonly unknown[] {
  const named = values.map((value, index) => [`$${index + 1}`, asInteger(value) as SQLInputValue] as const);
  return database.prepare(sql).all(Object.fromEntries(named));
}

/** node:sqlite binds every number as REAL: 42 would be stored as 42.0, and as '42.0' in a column of text. */
function asInteger(value: unknown): unknown {
  return typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : value;
}
