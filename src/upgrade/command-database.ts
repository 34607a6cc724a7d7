import { keepsLedger } from "../ledger/engines.ts";
import type { UpgradeTarget } from "./targets.ts";

/** What a command of an upgrade is: a hook, or the app's own migration tool. */
export type CommandPurpose = "hook" | "migrate";

export interface CommandDatabases {
  readonly targets: readonly UpgradeTarget[];
  /** The URLs of all schemas. */
  readonly schemaUrls: readonly string[];
  /** The DATABASE_URL that seaworthy itself was given. */
  readonly given: string | undefined;
}

/**
 * The DATABASE_URL of a command: the upgrade's. Where that only holds the lock and the record, or the tool's schema is in
 * another kind of database, it is the one of that schema: a tool must never migrate the wrong one.
 */
export function databaseFor(purpose: CommandPurpose, { targets, schemaUrls, given }: CommandDatabases): string {
  const own = targets[0]?.url ?? "";
  const outside = schemaUrls.find((url) => !keepsLedger(url));
  if (outside === undefined) return own;
  const isConcerned = targets.some(({ schemas, toolSchemas }) =>
    purpose === "migrate" ? toolSchemas.length > 0 : schemas.length + toolSchemas.length > 0,
  );
  if (isConcerned) return own;
  // The app's own form of it, where it has one: some tools write `file:./app.db` for `sqlite:/data/app.db`.
  return given === undefined || given === "" || keepsLedger(given) ? outside : given;
}
