import { StatementError, type Session } from "../../kernel/database.ts";
import { lockRow } from "./lock-key.ts";
import { isCommandSession } from "./session-names.ts";

/**
 * Says whether an upgrade runs in this Postgres database, or a statement of a killed one. Otherwise, or if the server does
 * not tell, returns undefined. Every role can see locks and application_name.
 */
export async function describeUpgrade(session: Pick<Session, "query">): Promise<string | undefined> {
  try {
    const [row] = await session.query(`SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE ${lockRow}) AS locked,
      (SELECT pid FROM pg_catalog.pg_stat_activity AS one
        WHERE datname = pg_catalog.current_database() AND ${isCommandSession}
          AND EXISTS (SELECT FROM pg_catalog.pg_locks AS held WHERE held.pid = one.pid AND held.locktype = 'virtualxid')
        LIMIT 1) AS pid`);
    if (row?.["locked"] === true) return "an upgrade is running";
    return typeof row?.["pid"] === "number"
      ? `a statement of an upgrade that was ended still runs (pid ${row["pid"]})`
      : undefined;
  } catch (error) {
    if (error instanceof StatementError) return undefined;
    throw error;
  }
}
