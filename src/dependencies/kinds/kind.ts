import type { ChildProcess, SpawnOptions } from "node:child_process";
import type { LookSession } from "../../kernel/database.ts";
import type { ComponentType, Observation } from "../../kernel/observation.ts";
import type { OpenSession } from "../looks/look-at-database.ts";

/** The settings of every dependency. */
export interface CommonSettings {
  readonly critical: boolean;
  readonly whenUnreachable: "warn" | "fail";
  readonly intervalMs?: number;
  readonly timeoutMs: number;
}

/** A kind of dependency. Its settings are described in src/config/kinds/. */
export interface Kind<Settings, Prepared> {
  readonly componentType: ComponentType;
  /** Whether its look ends itself at the timeout, and names the cause. */
  readonly endsItself: boolean;
  /** Secrets in the settings, beside the passwords of URLs. No output may show them. */
  readonly secretsOf?: (settings: Settings) => readonly string[];
  /** Checks the settings and the files that they name, without the network. Throws a Failure (78). */
  readonly prepare: (settings: Settings, context: PrepareContext) => Promise<Prepared>;
}

/** A dependency with checked settings. */
export interface Prepared {
  readonly kind: string;
  readonly settings: CommonSettings;
  /** Loads the modules that a look needs, and returns the look. A look's time does not include the loading. */
  readonly openLook: (context: LookContext) => Promise<() => Promise<Observation>>;
}

export interface PrepareContext {
  /** The settings' key in the configuration: `dependencies.NAME`. */
  readonly key: string;
  readonly app: { readonly name: string; readonly version?: string };
  readonly workingDirectory: string;
  /** The source of a key's value, for messages. */
  readonly originOf: (key: string) => string;
  /** Called with the finding of `history: auto`. */
  readonly onFound: (sentence: string) => void;
}

/** The parts of the process that looks need. */
export interface LookContext {
  readonly appVersion: string | undefined;
  /** A sentence: how to run another tool's migrations. */
  readonly upgradeHint: string;
  /** For commands. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Starts a command (platform/processes/launch.ts). */
  readonly spawn: (
    plan: Pick<LookContext, "environment" | "workingDirectory"> & { readonly command: readonly string[] },
    options: SpawnOptions,
  ) => { readonly child: ChildProcess };
  /** Called for every started process: PID 1 must not treat it as an orphan. */
  readonly adopt: (pid: number, ended: Promise<unknown>) => void;
  /** Hides secrets in found versions and in errors: the health check shows both. */
  readonly redact: (text: string) => string;
  readonly sessions: LookSessions;
}

/** Opens database sessions for looks. Dependencies with the same URL share its sessions. */
export interface LookSessions {
  readonly postgres: OpenSession;
  /** For any database. */
  readonly any: OpenSession<LookSession>;
  /** Loads the driver for this URL ahead of time. */
  readonly loadDriver: (url: string) => Promise<void>;
}
