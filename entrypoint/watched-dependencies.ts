import type { Settings } from "../src/config/settings.ts";
import { limitLook } from "../src/dependencies/limit-look.ts";
import type { OpenSession } from "../src/dependencies/looks/look-at-database.ts";
import { shareSessions, type SharedSessions } from "../src/dependencies/shared-sessions.ts";
import type { WatchedDependency } from "../src/health/monitor.ts";
import type { LookSession, Session } from "../src/kernel/database.ts";
import type { Observation } from "../src/kernel/observation.ts";
import { systemClock } from "../src/platform/clock.ts";
import type { ReadinessCheck } from "../src/platform/processes/readiness.ts";
import type { CommandDependency } from "../src/dependencies/looks/look-at-command.ts";
import type { PreparedDependency } from "./prepare-dependencies.ts";
import { isPostgres, loadDriver, openOtherDatabase } from "./sessions.ts";

/** What looks need of the process. */
export interface LookContext {
  readonly appVersion: string | undefined;
  /** How another tool's migrations come to be run: a sentence. */
  readonly upgradeHint: string;
  readonly open: (timeoutMs: number) => OpenSession;
  /** For dependencies of kind `command`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly spawn: CommandDependency["spawn"];
  readonly adopt: (pid: number, ended: Promise<unknown>) => void;
  /** Hides secrets in what was found and in what went wrong: the health check shows both. */
  readonly redact: (text: string) => string;
}

/** How sessions are had: one a URL at a time, whatever the database. */
interface Sessions {
  readonly postgres: OpenSession;
  readonly any: OpenSession<LookSession>;
  readonly lend: SharedSessions<Session>["lend"];
  readonly settle: SharedSessions<Session>["settle"];
  /** How long a session with this URL may take. */
  readonly timeoutOf: (url: string) => number;
}

/** A look ends by itself at its timeout, and says what it waited for. */
const graceMs = 1000;

export interface WatchedDependencies {
  readonly dependencies: readonly WatchedDependency[];
  /** A session with this URL for the looks that begin while it is meant for them. */
  readonly lend: (url: string, session: Session, isMeant: () => boolean) => void;
  /**
   * Waits a moment for the looks that are under way: a server counts and logs a client that is gone without a goodbye.
   */
  readonly settle: () => Promise<void>;
}

/** Nearly every look takes a tenth of it. */
const settleMs = 250;

/** What the monitor, --status and --wait look at. Whatever a kind needs is loaded at its first look. */
export function watchDependencies(prepared: readonly PreparedDependency[], context: LookContext): WatchedDependencies {
  const sessions = openSessions(prepared, context.open);
  const dependencies = prepared.map((dependency) => {
    const { name, settings } = dependency;
    const { kind, critical, whenUnreachable, intervalMs, timeoutMs } = settings;
    // Neither a file nor a session with the time of somebody more patient knows of this dependency's own timeout.
    const endsItself = kind !== "file" && !("url" in settings && sessions.timeoutOf(settings.url) > timeoutMs);
    const limitMs = endsItself ? timeoutMs + graceMs : timeoutMs;
    let limited: Promise<() => Promise<Observation>> | undefined;
    const look = async () => {
      limited ??= lookOf(dependency, context, sessions).then((run) => limitLook(run, limitMs, systemClock));
      return hideSecrets(await (await limited)(), context.redact);
    };
    return { name, kind, critical, whenUnreachable, intervalMs, look };
  });
  return {
    dependencies,
    lend: (url, session, isMeant) => sessions.lend(url, session, { timeoutMs: sessions.timeoutOf(url), isMeant }),
    settle: () => sessions.settle(settleMs),
  };
}

/** Dependencies that share a URL share its sessions, which then have the time of the most patient of them. */
function openSessions(prepared: readonly PreparedDependency[], openPostgres: LookContext["open"]): Sessions {
  const timeouts = prepared.flatMap(({ settings }) =>
    "url" in settings ? [[settings.url, settings.timeoutMs] as const] : [],
  );
  const timeoutOf = (url: string) => Math.max(...timeouts.filter(([other]) => other === url).map(([, ms]) => ms));
  const joinWithinMs = Math.min(250, ...timeouts.map(([, ms]) => ms / 4));
  const share = <S extends LookSession>(open: OpenSession<S>) =>
    shareSessions({ open, joinWithinMs, clock: systemClock });
  const postgres = share((url) => openPostgres(timeoutOf(url))(url));
  const others = share((url) => openOtherDatabase(url, timeoutOf(url)));
  const any = (url: string) => (isPostgres(url) ? postgres.open(url) : others.open(url));
  const settle = async (limitMs: number) =>
    void (await Promise.all([postgres.settle(limitMs), others.settle(limitMs)]));
  return { timeoutOf, postgres: postgres.open, any, lend: postgres.lend, settle };
}

function hideSecrets(observation: Observation, redact: (text: string) => string): Observation {
  const { found, reason } = observation;
  return {
    ...observation,
    ...(found !== undefined && { found: redact(found) }),
    ...(reason !== undefined && { reason: redact(reason) }),
  };
}

/** Loads what a look needs: nothing that the time of a look is for. */
async function lookOf(
  dependency: PreparedDependency,
  context: LookContext,
  sessions: Sessions,
): Promise<() => Promise<Observation>> {
  const { timeoutMs } = dependency.settings;
  const { redact } = context;
  const within = () => AbortSignal.timeout(timeoutMs);
  if ("url" in dependency.settings && dependency.kind !== "http") await loadDriver(dependency.settings.url);
  switch (dependency.kind) {
    case "schema":
      return lookAtSource(dependency, context, sessions);
    case "release": {
      const { settings, app, requires } = dependency;
      const { lookAtRelease } = await import("../src/dependencies/looks/look-at-release.ts");
      const { releases } = await import("../src/ledger/postgres/tables/releases.ts");
      return () => lookAtRelease(sessions.postgres, { ...settings, app, requires, releases, redact });
    }
    case "server": {
      const { settings, requires } = dependency;
      const { lookAtServer } = await import("../src/dependencies/looks/look-at-server.ts");
      const { askServerVersion } = await import("../src/platform/drivers/server-version.ts");
      const askVersion = (url: string, options: Parameters<typeof askServerVersion>[2]) =>
        askServerVersion(url, sessions.any, options);
      return () => lookAtServer({ ...settings, requires, redact, askVersion }, within());
    }
    case "http": {
      const { settings, requires } = dependency;
      const { lookAtHttp } = await import("../src/dependencies/looks/look-at-http.ts");
      return () => lookAtHttp({ ...settings, requires, redact }, within());
    }
    case "file": {
      const { settings, requires } = dependency;
      const { lookAtFile } = await import("../src/dependencies/looks/look-at-file.ts");
      return () => lookAtFile({ ...settings, requires, redact });
    }
    case "command": {
      const { settings, requires } = dependency;
      const { lookAtCommand } = await import("../src/dependencies/looks/look-at-command.ts");
      return () => lookAtCommand({ ...context, ...settings, requires }, within());
    }
    case "tcp": {
      const { host, port } = dependency;
      const { lookAtTcp } = await import("../src/dependencies/looks/look-at-tcp.ts");
      return () => lookAtTcp({ host, port }, within());
    }
  }
}

export async function lookAtSource(
  { settings, source }: Extract<PreparedDependency, { kind: "schema" }>,
  { appVersion, upgradeHint: fix }: Pick<LookContext, "appVersion" | "upgradeHint">,
  sessions: Pick<Sessions, "postgres" | "any">,
): Promise<() => Promise<Observation>> {
  const { url } = settings;
  if (source.recordedBy === "seaworthy") {
    const { expandOnly } = await import("../src/migrations/tier.ts");
    const { lookAtSchema } = await import("../src/dependencies/looks/look-at-schema.ts");
    const { ownHistory } = await import("../src/ledger/postgres/tables/history.ts");
    const wanted = expandOnly(source.migrations).map(({ name }) => name);
    return () => lookAtSchema(sessions.postgres, { url, appVersion, wanted, history: ownHistory(source.table) });
  }
  const { lookAtToolSchema } = await import("../src/dependencies/looks/look-at-tool-schema.ts");
  return () => lookAtToolSchema(sessions.any, { url, history: source.history, fix });
}

/** The app's own readiness, asked for as long as it runs: an app that has stopped answering takes no traffic. */
export function watchApp(
  ready: ReadinessCheck | undefined,
  context: Pick<LookContext, "environment" | "workingDirectory" | "adopt">,
): readonly WatchedDependency[] {
  if (ready === undefined) return [];
  const look = async (): Promise<Observation> => {
    const { askReadiness } = await import("../src/platform/processes/readiness.ts");
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
