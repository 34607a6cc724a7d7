import type { Session } from "../../kernel/database.ts";
import { presenceName } from "./session-names.ts";
import { compareVersions } from "../../versions/compare.ts";
import { parseRelease } from "../../versions/parse.ts";

/**
 * Names the running instances that a contract migration would break: those older than its floor. Undefined if there are
 * none. Every role sees every session's application_name. A version that cannot be compared counts as old.
 */
export async function findOlderInstances(session: Session, app: string, floor: string): Promise<string | undefined> {
  const prefix = presenceName(app, "");
  // Postgres freezes the view for a whole transaction, and the lock's session is always in one.
  const rows = await session.query(`SELECT pg_catalog.pg_stat_clear_snapshot();
    SELECT DISTINCT application_name AS name FROM pg_catalog.pg_stat_activity
    WHERE datname = current_database() AND starts_with(application_name, ${session.literal(prefix)}) ORDER BY 1`);
  const versions = rows.map((row) => String(row["name"]).slice(prefix.length));
  const older = versions.filter((version) => isOlder(version, floor));
  if (older.length === 0) return undefined;
  return `instances older than ${floor} are alive: ${older.map((version) => version || "of unknown version").join(", ")}`;
}

function isOlder(version: string, floor: string): boolean {
  const [alive, bound] = [parseRelease(version), parseRelease(floor)];
  return alive === undefined || bound === undefined || compareVersions(alive, bound) < 0;
}
