/** The channel on which an upgrade says that it is done. */
export const upgradeChannel = "seaworthy";

/** Postgres keeps 63 bytes of an application_name: cut the name, never the version. */
const longestName = 32;

/** How a supervisor's standing connection shows in pg_stat_activity: its app, and the version of its image. */
export function presenceName(app: string, version: string | undefined): string {
  return `seaworthy:${app.slice(0, longestName)}@${version ?? ""}`;
}
