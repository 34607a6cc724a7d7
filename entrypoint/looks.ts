import type { Settings } from "../src/config/settings.ts";
import type { OpenSession } from "../src/dependencies/look.ts";
import type { Observation } from "../src/kernel/observation.ts";
import type { WatchedDependency } from "../src/health/monitor.ts";
import { openDatabase } from "./sessions.ts";
import type { ReadinessCheck } from "../src/platform/readiness.ts";
import type { PreparedDependency } from "./dependencies.ts";

/** What looks need of the process. */
export interface LookContext {
  readonly appVersion: string | undefined;
  /** How another tool's migrations come to be run: a sentence. */
  readonly upgradeHint: string;
  readonly open: (timeoutMs: number) => OpenSession;
  /** For dependencies of kind `command`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly adopt: (pid: number, ended: Promise<unknown>) => void;
}

/** What the monitor, --status and --wait look at. Whatever a kind needs is loaded at its first look. */
export function watchDependencies(
  prepared: readonly PreparedDependency[],
  context: LookContext,
): readonly WatchedDependency[] {
  return prepared.map((dependency) => {
    const { name, settings } = dependency;
    const { kind, critical, whenUnreachable, intervalMs } = settings;
    return { name, kind, critical, whenUnreachable, intervalMs, look: lookOf(dependency, context) };
  });
}

function lookOf(dependency: PreparedDependency, context: LookContext): () => Promise<Observation> {
  const { timeoutMs } = dependency.settings;
  const open = context.open(timeoutMs);
  const within = () => AbortSignal.timeout(timeoutMs);
  switch (dependency.kind) {
    case "schema":
      return lookAtSource(dependency, context);
    case "release": {
      const { settings, app, requires } = dependency;
      return async () => {
        const { lookAtRelease } = await import("../src/dependencies/release.ts");
        const { releases } = await import("../src/histories/releases.ts");
        return lookAtRelease(open, { ...settings, app, requires, releases });
      };
    }
    case "server": {
      const { settings, requires } = dependency;
      return async () => {
        const { lookAtServer } = await import("../src/dependencies/server.ts");
        const { askServerVersion } = await import("../src/platform/server-version.ts");
        const askVersion = (url: string, signal: AbortSignal) => askServerVersion(url, timeoutMs, signal);
        return lookAtServer({ ...settings, requires, askVersion }, within());
      };
    }
    case "http":
      return async () => {
        const { lookAtHttp } = await import("../src/dependencies/http.ts");
        return lookAtHttp({ ...dependency.settings, requires: dependency.requires }, within());
      };
    case "file":
      return async () => {
        const { lookAtFile } = await import("../src/dependencies/file.ts");
        return lookAtFile({ ...dependency.settings, requires: dependency.requires });
      };
    case "command":
      return async () => {
        const { lookAtCommand } = await import("../src/dependencies/command.ts");
        return lookAtCommand({ ...context, ...dependency.settings, requires: dependency.requires }, within());
      };
    case "tcp": {
      const { host, port } = dependency;
      return async () => {
        const { lookAtTcp } = await import("../src/dependencies/tcp.ts");
        return lookAtTcp({ host, port }, within());
      };
    }
  }
}

function lookAtSource(
  { settings, source }: Extract<PreparedDependency, { kind: "schema" }>,
  context: LookContext,
): () => Promise<Observation> {
  const { url, timeoutMs } = settings;
  const open = context.open(timeoutMs);
  if (source.recordedBy === "seaworthy") {
    let wanted: readonly string[] | undefined;
    return async () => {
      const { expandOnly } = await import("../src/histories/tier.ts");
      const { lookAtSchema } = await import("../src/dependencies/schema.ts");
      const { ownHistory } = await import("../src/histories/own.ts");
      wanted ??= expandOnly(source.migrations).map(({ name }) => name);
      return lookAtSchema(open, { url, appVersion: context.appVersion, wanted, history: ownHistory(source.table) });
    };
  }
  const { database, history } = source;
  const { upgradeHint: fix } = context;
  return async () => {
    const { lookAtToolSchema } = await import("../src/dependencies/tool-schema.ts");
    return lookAtToolSchema((target) => openDatabase(database, target, timeoutMs, open), { url, history, fix });
  };
}

/** The app's own readiness, asked for as long as it runs: an app that has stopped answering takes no traffic. */
export function watchApp(
  ready: ReadinessCheck | undefined,
  context: Pick<LookContext, "environment" | "workingDirectory" | "adopt">,
): readonly WatchedDependency[] {
  if (ready === undefined) return [];
  const look = async (): Promise<Observation> => {
    const { askReadiness } = await import("../src/platform/readiness.ts");
    const missing = await askReadiness(ready, { ...context, onSpawn: context.adopt });
    return missing === undefined
      ? { verdict: "compatible" }
      : { verdict: "unreachable", reason: `the app is not ready: ${missing}` };
  };
  return [{ name: "app", kind: "app", critical: true, whenUnreachable: "fail", intervalMs: 2000, look }];
}

/** How another tool's migrations come to be run. */
export function upgradeHint({ upgrade }: Settings): string {
  return upgrade.migrate === undefined ? "Run the tool's migrations." : "Run this image once with --upgrade.";
}
