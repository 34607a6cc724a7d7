/** Postgres keeps 63 bytes of an application_name: cut the name, never the version. */
const longestName = 32;

/** The start of the names of all standing connections. */
export const presencePrefix = "seaworthy:";

/** The name of a supervisor's standing connection in pg_stat_activity: its app, and its image's version. */
export function presenceName(app: string, version: string | undefined): string {
  return `${presencePrefix}${app.slice(0, longestName)}@${version ?? ""}`;
}

/** The name of a command's sessions in pg_stat_activity, unless the command sets another. */
export function commandSessionName(purpose: "hook" | "migrate", app: string): string {
  // Postgres replaces characters beyond ASCII, and each version does it differently.
  return `seaworthy ${purpose} ${app.slice(0, longestName).replaceAll(/[^ -~]/g, "?")}`;
}

/** SQL condition for a command's session of any app. A database has one upgrade at a time. */
export const isCommandSession =
  "(application_name LIKE 'seaworthy migrate %' OR application_name LIKE 'seaworthy hook %')";
