import { StatementError, type Session } from "../../kernel/database.ts";
import { lockName } from "./lock-name.ts";

/** Says whether an upgrade holds the lock. Otherwise, or if the server does not tell, returns undefined. */
export async function describeUpgrade(session: Pick<Session, "query">): Promise<string | undefined> {
  try {
    const [row] = await session.query(`SELECT IS_USED_LOCK(${lockName}) IS NOT NULL AS locked`);
    return Number(row?.["locked"]) === 1 ? "an upgrade is running" : undefined;
  } catch (error) {
    if (error instanceof StatementError) return undefined;
    throw error;
  }
}
