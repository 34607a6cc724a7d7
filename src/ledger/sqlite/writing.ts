import type { Session } from "../../kernel/database.ts";
import { statementSeparator } from "../../kernel/statement-separator.ts";

/** Statements that begin a transaction that writes, or fail after this wait. */
export function beginWriting(waitMs: number): string {
  return [`PRAGMA busy_timeout = ${Math.round(waitMs)}`, "BEGIN IMMEDIATE"].join(statementSeparator);
}

/** Runs statements in a transaction of their own: all or none. */
export async function write(session: Session, statements: readonly string[]): Promise<void> {
  try {
    await session.execute(["BEGIN IMMEDIATE", ...statements, "COMMIT"].join(statementSeparator));
  } catch (error) {
    await rollBack(session);
    throw error;
  }
}

/** Ignores errors: without the process there is nothing to roll back. */
export async function rollBack(session: Session): Promise<void> {
  await session.execute("ROLLBACK").catch(() => {});
}
