import { engineOf } from "../urls/read.ts";
import { isOfTool, isSchema, type Dependency } from "./dependency.ts";
import type { UpgradeTarget } from "./targets.ts";

/** Whom a command serves: a hook serves the app, a tool its schemas, a program the dependency that has it as a migration. */
export type CommandPurpose =
  | { readonly kind: "hook" }
  | { readonly kind: "tool"; readonly schemas: readonly string[] }
  | { readonly kind: "program"; readonly schema: string };

export interface CommandDatabases {
  readonly targets: readonly UpgradeTarget[];
  readonly dependencies: readonly Dependency[];
  /** seaworthy's own DATABASE_URL. */
  readonly given: string | undefined;
  /** `upgrade.ledger` */
  readonly ledgerUrl: string | undefined;
}

/**
 * Returns the DATABASE_URL of a command: the app's own database, as the upgrade's role if it has one. Never the database that
 * has only the lock and the record: a tool must never migrate the wrong database. Undefined if the app has no database.
 */
export function databaseFor(purpose: CommandPurpose, databases: CommandDatabases): string | undefined {
  const { dependencies, targets, given, ledgerUrl } = databases;
  const concerned = findConcerned(purpose, databases);
  if (concerned === undefined) return given === ledgerUrl ? undefined : given;
  const { url } = concerned.settings;
  const target = targets.find((one) => one.url === url || one.readBy?.url === url);
  if (target !== undefined && target.url !== url) return target.url;
  // Prefer the app's own spelling of the URL: some tools write `file:./app.db` for `sqlite:/data/app.db`.
  const alike = dependencies.filter(({ settings }) => engineOf(settings.url) === engineOf(url));
  const isOnly = alike.every(({ settings }) => settings.url === url);
  const isSpelling = isOnly && engineOf(url) !== "postgres" && engineOf(given ?? "") === engineOf(url);
  return isSpelling ? given : url;
}

function findConcerned(purpose: CommandPurpose, { dependencies, given }: CommandDatabases): Dependency | undefined {
  const own = dependencies.filter(({ isOnLedger }) => !isOnLedger);
  const schemas = own.filter(isSchema);
  const named = (names: readonly string[]) => own.find(({ name }) => names.includes(name));
  const ofApp = schemas.find(({ settings }) => settings.url === given) ?? schemas[0] ?? own[0];
  switch (purpose.kind) {
    case "hook":
      return ofApp;
    case "tool":
      return named(purpose.schemas) ?? schemas.find(isOfTool) ?? ofApp;
    case "program":
      return named([purpose.schema]) ?? ofApp;
  }
}
