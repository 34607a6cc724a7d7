import type { Session } from "../../kernel/database.ts";
import { statementSeparator } from "../../kernel/statement-separator.ts";

/** The wait for seaworthy's own small writes. Writers of an app are done within moments. */
const patienceMs = 10_000;

/** Statements that begin a transaction that writes, or fail after this wait. */
export function beginWriting(waitMs = patienceMs): string {
  return [`PRAGMA busy_timeout = ${Math.round(waitMs)}`, "BEGIN IMMEDIATE"].join(statementSeparator);
}

/** Runs statements in a transaction of their own: all or none. */
export async function write(session: Session, statements: readonly string[]): Promise<void> {
  try {
    await session.execute([beginWriting(), ...statements, "COMMIT"].join(statementSeparator));
  } catch (error) {
    await rollBack(session);
    throw error;
  }
}

/** Ignores errors: without the process there is nothing to roll back. */
export async function rollBack(session: Session): Promise<void> {
  await session.execute("ROLLBACK").catch(() => {});
}
