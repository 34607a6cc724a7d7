import type { Session } from "../kernel/database.ts";
import { presenceName } from "../kernel/presence.ts";
import { compareVersions } from "../versions/compare.ts";
import { parseVersion } from "../versions/parse.ts";

/**
 * Says which living instances a contract migration would break: those older than its floor. Undefined where there are
 * none. What cannot be seen or compared counts as alive and old.
 */
export async function findOlderInstances(session: Session, app: string, floor: string): Promise<string | undefined> {
  const prefix = presenceName(app, "");
  // Without pg_read_all_stats another role's row is there, but its name is hidden.
  // The view is frozen for the length of a transaction, which the lock's session never ends.
  const [row] = await session.query(`SELECT pg_catalog.pg_stat_clear_snapshot(); SELECT
      (SELECT json_agg(DISTINCT application_name) FROM pg_catalog.pg_stat_activity
        WHERE datname = current_database() AND starts_with(application_name, ${session.literal(prefix)})) AS names,
      (SELECT count(*)::int FROM pg_catalog.pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query = '<insufficient privilege>') AS hidden,
      current_user AS role`);
  const versions = ((row?.["names"] ?? []) as string[]).map((name) => name.slice(prefix.length));
  const older = versions.filter((version) => isOlder(version, floor));
  if (older.length > 0)
    return `instances older than ${floor} are alive: ${older.map((version) => version || "of unknown version").join(", ")}`;
  const hidden = Number(row?.["hidden"] ?? 0);
  if (hidden === 0) return undefined;
  return `${hidden} sessions of other roles are hidden, and may be older instances; let it see them: GRANT pg_read_all_stats TO ${String(row?.["role"])}`;
}

function isOlder(version: string, floor: string): boolean {
  const [alive, bound] = [parseVersion(version), parseVersion(floor)];
  return alive === undefined || bound === undefined || compareVersions(alive, bound) < 0;
}
