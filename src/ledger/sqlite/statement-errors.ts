import { StatementError, UnreachableError, type Session } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";

/** seaworthy's SQLSTATE for a lost upgrade lock. */
const lockLostState = "SW001";

/** The lock is the process's. If that process has ended, so has the lock. */
export function explained(session: Session): Session {
  const explain = (error: unknown) => {
    if (!(error instanceof UnreachableError)) throw error;
    throw new StatementError(`the upgrade lock was lost: ${error.message.replace(/\.$/, "")}`, {
      sqlState: lockLostState,
      cause: error,
    });
  };
  return {
    ...session,
    query: (sql) => session.query(sql).catch(explain),
    execute: (sql) => session.execute(sql).catch(explain),
    queryWith: (sql, values) => session.queryWith(sql, values).catch(explain),
  };
}

/** Advice for an error of SQLite. Undefined if SQLite's own message is enough. */
export function adviceFor(sqlState: string): string | undefined {
  switch (sqlState) {
    case "25006":
      return "Mount the volume writable, and run --upgrade as a user who may write to the database and to its folder";
    case "42501":
      return "Run --upgrade as a user who may write to the database and to its folder";
    case "53100":
      return "The disk is full: make room and run --upgrade again";
    case "55006":
      return "Run --upgrade again when it is done";
    case "55P03":
      return "Another process has locked the database";
    case "XX001":
      return "The file is damaged, encrypted, or no SQLite database: check `url:`, or restore a backup";
    case lockLostState:
      return "Nothing more was committed. Run --upgrade again";
    default:
      return undefined;
  }
}

/** Turns an error of the database outside of a migration into a Failure. Returns other errors unchanged. */
export function failureOf(error: unknown): unknown {
  if (error instanceof UnreachableError)
    return new Failure(ExitCode.unreachable, `lost the database: ${error.message} Run --upgrade again.`, {
      cause: error,
    });
  if (!(error instanceof StatementError)) return error;
  const exitCode = ["55006", "55P03"].includes(error.sqlState) ? ExitCode.gaveUp : ExitCode.failed;
  const sentences = [`cannot use seaworthy's tables: ${error.message}`, adviceFor(error.sqlState)];
  return new Failure(exitCode, `${sentences.filter((sentence) => sentence !== undefined).join(". ")}.`, {
    cause: error,
  });
}
