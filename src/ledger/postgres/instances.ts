import type { Session } from "../../kernel/database.ts";
import { describeOlder } from "../older-instances.ts";
import { presenceName } from "./session-names.ts";
import { findTooNew, instances } from "./tables/instances.ts";

/**
 * Names the running instances that a contract migration would break: those older than its floor. Undefined if there are
 * none. Instances report to the ledger. Those of seaworthy 0.1.0 and earlier only name their standing session.
 */
export async function findOlderInstances(session: Session, app: string, floor: string): Promise<string | undefined> {
  const reported = (await instances.list(session, app)) ?? [];
  const inSessions = await versionsInSessions(session, app);
  return describeOlder({ reported, inSessions, tooNewSeconds: await findTooNew(session) }, floor);
}

/** Every role sees every session's application_name. */
async function versionsInSessions(session: Session, app: string): Promise<readonly string[]> {
  const prefix = presenceName(app, "");
  // Postgres freezes the view for a whole transaction, and the lock's session is always in one.
  const rows = await session.query(`SELECT pg_catalog.pg_stat_clear_snapshot();
    SELECT DISTINCT application_name AS name FROM pg_catalog.pg_stat_activity
    WHERE datname = current_database() AND starts_with(application_name, ${session.literal(prefix)}) ORDER BY 1`);
  return rows.map((row) => String(row["name"]).slice(prefix.length));
}
