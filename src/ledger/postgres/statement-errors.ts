import { StatementError, UnreachableError } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";

/** seaworthy's SQLSTATE for a lost upgrade lock, in a class that Postgres leaves to applications. */
const lockLostState = "SW001";
export const lockLostMessage = "the upgrade lock was lost";

/** The error of casting a text that is no number, as the fence does (lock.ts). */
const castFailed = "22P02";

/** Turns the fence's error into a lost lock. Returns others unchanged, even if they quote the fence. */
export function lockLost(error: unknown): unknown {
  if (!(error instanceof StatementError) || error.sqlState !== castFailed) return error;
  if (!error.message.includes(`${lockLostMessage} `)) return error;
  return new StatementError(lockLostMessage, { sqlState: lockLostState, cause: error });
}

/** Advice for an error of Postgres. Undefined if Postgres's own message is enough. */
export function adviceFor(
  sqlState: string,
  { transaction }: { readonly transaction?: boolean } = {},
): string | undefined {
  switch (sqlState) {
    case "22P05":
      return "The database cannot store that character: create it with the encoding UTF8, or leave the character out";
    case "25001":
      return transaction === false
        ? "Each statement of a no-transaction migration runs in a transaction of its own, with the record that it is done"
        : "Every migration runs in a transaction; write `-- seaworthy: no-transaction` at its head where it cannot";
    case "25006":
      return "Connect to the primary server, and as a role without default_transaction_read_only";
    case "2D000":
      return transaction === false
        ? "COMMIT and ROLLBACK work in a DO block and in a procedure that CALL runs, outside of functions and of blocks with EXCEPTION"
        : "A migration is one transaction, which no block or procedure can end. Write `-- seaworthy: no-transaction` at its head: then DO and CALL may";
    case "42501":
      return "Give the upgrade's role the right, or set upgrade.url to a role that has it";
    case "53100":
      return "The database's disk is full: make room and run --upgrade again";
    case "55P03":
      return "Another session holds a lock that this migration needs";
    case lockLostState:
      return "The connection that held it has ended, and nothing more was committed. Run --upgrade again";
    default:
      return undefined;
  }
}

/** Turns an error of the database outside of a migration into a Failure. Returns other errors unchanged. */
export function failureOf(error: unknown): unknown {
  if (error instanceof UnreachableError) {
    const fix = "Run --upgrade again: uncommitted changes were rolled back";
    return new Failure(ExitCode.unreachable, `lost the database: ${error.message} ${fix}.`, { cause: error });
  }
  if (!(error instanceof StatementError)) return error;
  const exitCode = error.sqlState === "55P03" ? ExitCode.gaveUp : ExitCode.failed;
  const sentences = [`cannot use seaworthy's tables: ${error.message} (SQLSTATE ${error.sqlState})`];
  const advice = adviceFor(error.sqlState);
  if (advice !== undefined) sentences.push(advice);
  return new Failure(exitCode, `${sentences.join(". ")}.`, { cause: error });
}
