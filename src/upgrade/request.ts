import type { Session } from "../kernel/database.ts";
import type { LedgerContext } from "../ledger/engine.ts";
import type { LockLimits } from "../ledger/ledger.ts";
import type { OpenSession } from "../ledger/sessions.ts";
import type { Hook, LaunchHook } from "./steps/run-hooks.ts";
import type { SchemaCheck, ToolDatabase, UpgradeTarget } from "./targets.ts";

/** What an upgrade is to do. */
export interface UpgradeRequest {
  readonly scope: Scope;
  readonly connections: Connections;
  readonly commands: Commands;
  readonly limits: Limits;
  /** Names of migrations whose drift is recorded instead of refused. */
  readonly acceptDrift: readonly string[];
}

/** Where it works. */
export interface Scope {
  readonly targets: readonly UpgradeTarget[];
  readonly toolDatabases: readonly ToolDatabase[];
  /** Every schema, as the health check looks at it. */
  readonly checks: readonly SchemaCheck[];
  readonly allowDifferentDatabase: boolean;
}

export interface Connections {
  readonly openSession: OpenSession;
  /** Opens the health check's own connection. Rejects with an UnreachableError. */
  readonly openHealthSession: (url: string) => Promise<Session>;
  /** How long a database that does not answer is tried, in seconds. */
  readonly connectTimeoutSeconds: number;
}

export interface Commands {
  readonly before: readonly Hook[];
  /** The app's own migration tool, beside ours or in place of it. */
  readonly migrate?: Hook;
  readonly after: readonly Hook[];
  /** Run when the upgrade fails after its first hook or migration was begun. */
  readonly onFailure: readonly Hook[];
  readonly runner: CommandRunner;
}

export interface CommandRunner {
  /** The whole environment of a command, given the release that it comes from. */
  readonly environment: (purpose: "hook" | "migrate", from: string | undefined) => Readonly<Record<string, string>>;
  readonly launch: LaunchHook;
}

export interface Limits extends LockLimits {
  /** How long to wait for another upgrade to end, or for what an earlier one has left running, in seconds. */
  readonly lockTimeoutSeconds: number;
  /** How long to wait for older instances to end before a contract migration is deferred, in seconds. */
  readonly drainTimeoutSeconds: number;
  /** How long the health check's connections may take to see what was migrated, in seconds. */
  readonly verifySeconds: number;
}

export interface App {
  readonly name: string;
  readonly version?: string;
}

/** What every step gets. */
export interface UpgradeContext extends LedgerContext {
  readonly app: App;
}
