import { keepsLedger } from "../ledger/engines.ts";
import type { UpgradeTarget } from "./targets.ts";

/** An upgrade runs two sorts of command: hooks, and the app's own migration tool. */
export type CommandPurpose = "hook" | "migrate";

export interface CommandDatabases {
  readonly targets: readonly UpgradeTarget[];
  /** The URLs of all schemas. */
  readonly schemaUrls: readonly string[];
  /** seaworthy's own DATABASE_URL. */
  readonly given: string | undefined;
}

/**
 * Returns the DATABASE_URL of a command. This is usually the upgrade's. If that database holds only the lock and the record,
 * or the tool's schema is in another kind of database, the command gets that schema's URL: a tool must never migrate the
 * wrong database.
 */
export function databaseFor(purpose: CommandPurpose, { targets, schemaUrls, given }: CommandDatabases): string {
  const own = targets[0]?.url ?? "";
  const outside = schemaUrls.find((url) => !keepsLedger(url));
  if (outside === undefined) return own;
  const isConcerned = targets.some(({ schemas, toolSchemas }) =>
    purpose === "migrate" ? toolSchemas.length > 0 : schemas.length + toolSchemas.length > 0,
  );
  if (isConcerned) return own;
  // Prefer the app's own spelling of the URL: some tools write `file:./app.db` for `sqlite:/data/app.db`.
  return given === undefined || given === "" || keepsLedger(given) ? outside : given;
}
