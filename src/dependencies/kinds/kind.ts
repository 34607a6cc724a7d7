import type { ChildProcess, SpawnOptions } from "node:child_process";
import type { LookSession } from "../../kernel/database.ts";
import type { ComponentType, Observation } from "../../kernel/observation.ts";
import type { OpenSession } from "../looks/look-at-database.ts";

/** What every dependency has, whatever its kind. */
export interface CommonSettings {
  readonly critical: boolean;
  readonly whenUnreachable: "warn" | "fail";
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** A kind of dependency. Its settings are described in src/config/kinds/. */
export interface Kind<Settings, Prepared> {
  readonly componentType: ComponentType;
  /** Whether its look ends at the timeout by itself, and says what it waited for. */
  readonly endsItself: boolean;
  /** What no output may show of the settings, beside the passwords of URLs. */
  readonly secretsOf?: (settings: Settings) => readonly string[];
  /** Checks everything that the settings refer to, without the network. Throws a Failure (78). */
  readonly prepare: (settings: Settings, context: PrepareContext) => Promise<Prepared>;
}

/** A dependency whose settings were checked. */
export interface Prepared {
  readonly kind: string;
  readonly settings: CommonSettings;
  /** Loads what a look needs, and returns the look: loading is no part of a look's time. */
  readonly openLook: (context: LookContext) => Promise<() => Promise<Observation>>;
}

export interface PrepareContext {
  /** Where the settings are in the configuration, as `dependencies.NAME`. */
  readonly key: string;
  readonly app: { readonly name: string; readonly version?: string };
  readonly workingDirectory: string;
  /** Where the value of a key was written, for people. */
  readonly originOf: (key: string) => string;
  /** Told what `history: auto` found. */
  readonly onFound: (sentence: string) => void;
}

/** What looks need of the process. */
export interface LookContext {
  readonly appVersion: string | undefined;
  /** How another tool's migrations come to be run: a sentence. */
  readonly upgradeHint: string;
  /** For commands. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Starts a command (platform/processes/launch.ts). */
  readonly spawn: (
    plan: Pick<LookContext, "environment" | "workingDirectory"> & { readonly command: readonly string[] },
    options: SpawnOptions,
  ) => { readonly child: ChildProcess };
  /** Told of every process that is started: PID 1 must not take its end for an orphan's. */
  readonly adopt: (pid: number, ended: Promise<unknown>) => void;
  /** Hides secrets in what was found and in what went wrong: the health check shows both. */
  readonly redact: (text: string) => string;
  readonly sessions: LookSessions;
}

/** How looks get at databases: dependencies that share a URL share its sessions. */
export interface LookSessions {
  readonly postgres: OpenSession;
  /** Whatever the database. */
  readonly any: OpenSession<LookSession>;
  /** Loads what opening a session with this URL would load first. */
  readonly loadDriver: (url: string) => Promise<void>;
}
