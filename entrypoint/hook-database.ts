import type { UpgradeTarget } from "../src/upgrade/ports.ts";
import type { PreparedDependency } from "./prepare-dependencies.ts";
import { isPostgres } from "./sessions.ts";

/** What a command of an upgrade is: a hook, or the app's own migration tool. */
export type CommandPurpose = "hook" | "migrate";

/**
 * The DATABASE_URL of a command: the upgrade's. Where that only holds the lock and the record, or the tool's schema is in
 * another kind of database, it is the one of that schema: a tool must never migrate the wrong one.
 */
export function databaseFor(
  purpose: CommandPurpose,
  targets: readonly UpgradeTarget[],
  prepared: readonly PreparedDependency[],
  given: string | undefined,
): string {
  const own = targets[0]?.url ?? "";
  const elsewhere = prepared.find(({ kind, settings }) => kind === "schema" && !isPostgres(settings.url));
  if (elsewhere === undefined || !("url" in elsewhere.settings)) return own;
  const isConcerned = targets.some(({ schemas, foreign }) =>
    purpose === "migrate" ? foreign.length > 0 : schemas.length + foreign.length > 0,
  );
  if (isConcerned) return own;
  // The app's own form of it, where it has one: some tools write `file:./app.db` for `sqlite:/data/app.db`.
  return given === undefined || given === "" || isPostgres(given) ? elsewhere.settings.url : given;
}
