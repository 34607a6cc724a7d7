/** Postgres keeps 63 bytes of an application_name: cut the name, never the version. */
const longestName = 32;

/** How a supervisor's standing connection shows in pg_stat_activity: its app, and the version of its image. */
export function presenceName(app: string, version: string | undefined): string {
  return `seaworthy:${app.slice(0, longestName)}@${version ?? ""}`;
}

/** How the sessions of a command of an upgrade show in pg_stat_activity, unless the command gives them another name. */
export function commandSessionName(purpose: "hook" | "migrate", app: string): string {
  // Postgres replaces what is not ASCII, each version in its own way.
  return `seaworthy ${purpose} ${app.slice(0, longestName).replaceAll(/[^ -~]/g, "?")}`;
}

/** SQL condition: a session of such a command, whatever its app. One upgrade at a time works in a database. */
export const isCommandSession =
  "(application_name LIKE 'seaworthy migrate %' OR application_name LIKE 'seaworthy hook %')";
