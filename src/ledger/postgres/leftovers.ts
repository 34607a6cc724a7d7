import type { Row, Session } from "../../kernel/database.ts";
import type { Leftover } from "../leftover.ts";
import { isCommandSession } from "./session-names.ts";
import { excerptOf, isSchemaChange } from "../statement-text.ts";

type AskSession = Pick<Session, "query">;

/**
 * Finds statements that an earlier run's commands left running in a Postgres database. This upgrade holds the lock, so no
 * other upgrade runs commands now. A session counts if it
 * - has the name of a command (PGAPPNAME) and is in a transaction, with any role;
 * - has the upgrade's role and runs a statement that changes the schema: not every driver uses PGAPPNAME;
 * - has the upgrade's role and runs a statement that writes, if the app has another role.
 */
export async function findPostgresLeftovers(
  session: AskSession,
  { sharesRole }: { readonly sharesRole: boolean },
): Promise<readonly Leftover[]> {
  // Another role's state is hidden, but its transaction shows: every transaction holds a lock on itself.
  const rows = await session.query(`SELECT pid, usename AS role, application_name AS name, left(query, 4000) AS query,
      ${isCommandSession} AS named, backend_xid IS NOT NULL AS writes,
      GREATEST(0, round(extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(query_start, backend_start))))::text AS seconds
    FROM pg_catalog.pg_stat_activity AS one
    WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
      AND coalesce(pg_catalog.to_jsonb(one) ->> 'backend_type', 'client backend') = 'client backend'
      AND (${isCommandSession} AND EXISTS (SELECT FROM pg_catalog.pg_locks AS held WHERE held.pid = one.pid AND held.locktype = 'virtualxid')
        OR usename = session_user AND state = 'active' AND application_name NOT LIKE 'seaworthy%')
    ORDER BY pid`);
  const isLeft = ({ named, writes, query }: Row) =>
    named === true || isSchemaChange(String(query), "postgres") || (!sharesRole && writes === true);
  return rows.filter(isLeft).map(({ pid, role, name, query, seconds }) => {
    const who = [String(role), String(name)].filter((word) => word !== "").join(", ");
    const what = query === null || query === "" ? "" : `: ${excerptOf(String(query), "postgres")}`;
    return {
      description: `pid ${String(pid)} (${who}, for ${String(seconds)} s)${what}`,
      endSql: `SELECT pg_terminate_backend(${String(pid)})`,
    };
  });
}
