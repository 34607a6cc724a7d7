import type { Session } from "../kernel/database.ts";
import type { LedgerContext } from "../ledger/engine.ts";
import type { LockLimits } from "../ledger/ledger.ts";
import type { OpenSession } from "../ledger/sessions.ts";
import type { Hook, LaunchHook } from "../hooks/run-hooks.ts";
import type { CommandPurpose } from "../targets/command-database.ts";
import type { Tool } from "../targets/tools.ts";
import type { DependencyCheck, ToolDatabase, UpgradeTarget } from "../targets/targets.ts";

/** The work that an upgrade is asked to do. */
export interface UpgradeRequest {
  readonly scope: Scope;
  readonly connections: Connections;
  readonly commands: Commands;
  readonly limits: Limits;
  /** Names of migrations whose drift is recorded instead of refused. */
  readonly acceptDrift: readonly string[];
}

/** The databases that the upgrade covers. */
export interface Scope {
  readonly targets: readonly UpgradeTarget[];
  readonly toolDatabases: readonly ToolDatabase[];
  /** Every schema, and what `upgrade.verify` names. */
  readonly checks: readonly DependencyCheck[];
  readonly allowDifferentDatabase: boolean;
}

export interface Connections {
  readonly openSession: OpenSession;
  /** Opens the health check's own connection. Rejects with an UnreachableError. */
  readonly openHealthSession: (url: string) => Promise<Session>;
  /** How long to keep trying a database that does not answer, in seconds. */
  readonly connectTimeoutSeconds: number;
}

export interface Commands {
  readonly before: readonly Hook[];
  /** The app's own migration tools. They run in addition to seaworthy's migrations, or instead of them. */
  readonly tools: readonly Tool[];
  readonly after: readonly Hook[];
  /** Run if the upgrade fails after its first hook or migration has started. */
  readonly onFailure: readonly Hook[];
  readonly runner: CommandRunner;
}

export interface CommandRunner {
  /** Returns the whole environment of a command. `from` is the recorded release. */
  readonly environment: (purpose: CommandPurpose, from: string | undefined) => Readonly<Record<string, string>>;
  readonly launch: LaunchHook;
  /** Finds a program in a PATH. Without one, in that of the C library. */
  readonly locate: (file: string, path: string | undefined) => string | undefined;
  /** Hides secrets in what hooks are told of the result. */
  readonly redact: (text: string) => string;
}

export interface Limits extends LockLimits {
  /** How long to wait for another upgrade, or for statements that an earlier one left running, in seconds. */
  readonly lockTimeoutSeconds: number;
  /** How long to wait for older instances to end before a contract migration is deferred, in seconds. */
  readonly drainTimeoutSeconds: number;
  /** How long the health check's connections may take to see the migrations, in seconds. */
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
