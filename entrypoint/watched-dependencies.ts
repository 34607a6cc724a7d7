import type { LookContext, LookSessions } from "../src/dependencies/kinds/kind.ts";
import { limitLook } from "../src/dependencies/limit-look.ts";
import type { OpenSession } from "../src/dependencies/looks/look-at-database.ts";
import { shareSessions, type SharedSessions } from "../src/dependencies/shared-sessions.ts";
import type { WatchedDependency } from "../src/health/dependency-watch.ts";
import { paceOf } from "../src/health/fleet-pace.ts";
import type { LookSession, Session } from "../src/kernel/database.ts";
import type { Observation } from "../src/kernel/observation.ts";
import { systemClock } from "../src/platform/clock.ts";
import type { ReadinessCheck } from "../src/platform/processes/readiness.ts";
import { kinds } from "./kinds.ts";
import type { PreparedDependency } from "./prepare-dependencies.ts";
import { createLingering } from "../src/platform/drivers/lingering.ts";
import { isPostgres, loadDriver, openOtherDatabase } from "./sessions.ts";

/** The parts of the process that looks need, and the function that opens a Postgres session. */
export interface WatchContext extends Omit<LookContext, "sessions"> {
  readonly open: (timeoutMs: number) => OpenSession;
  /** How many instances of the app look at the database with this URL. Default: 1. */
  readonly fleetSize?: (url: string) => number;
}

/** Opens sessions: at most one per URL at a time, for any database. */
interface Sessions extends LookSessions {
  readonly lend: SharedSessions<Session>["lend"];
  readonly settle: SharedSessions<Session>["settle"];
  /** How long a session with this URL may take. */
  readonly timeoutOf: (url: string) => number;
}

/** A look ends at its own timeout, and names the reason for its wait. */
const graceMs = 1000;

export interface WatchedDependencies {
  readonly dependencies: readonly WatchedDependency[];
  /** Opens a session with this URL for a short query. It may be shared with looks. Rejects with an UnreachableError. */
  readonly open: (url: string) => Promise<LookSession>;
  /** A session with this URL that looks can share while it is open for them. */
  readonly lend: (url: string, session: Session, isMeant: () => boolean) => void;
  /**
   * Waits a moment for running looks: servers count and log clients that vanish without closing their session.
   */
  readonly settle: () => Promise<void>;
}

/** How long to wait between two looks at a compatible dependency, in milliseconds, unless the configuration says so. */
const interval = { first: 10_000, longestForDatabase: 60_000 };
/** Nearly every look needs less than a tenth of it. */
const settleMs = 250;

/** The dependencies for the monitor, --status and --wait. The first look at a kind loads its code. */
export function watchDependencies(prepared: readonly PreparedDependency[], context: WatchContext): WatchedDependencies {
  const sessions = openSessions(prepared, context.open);
  const dependencies = prepared.map((dependency) => {
    const { name, kind, settings } = dependency;
    const { critical, whenUnreachable, timeoutMs } = settings;
    const { componentType } = kinds[kind];
    // A shared session may have a longer timeout than this dependency, so apply the dependency's own too.
    const isShared = "url" in settings && sessions.timeoutOf(settings.url) > timeoutMs;
    const endsItself = kinds[kind].endsItself && !isShared;
    const limitMs = endsItself ? timeoutMs + graceMs : timeoutMs;
    let limited: Promise<() => Promise<Observation>> | undefined;
    const look = async () => {
      limited ??= dependency.openLook({ ...context, sessions }).then((run) => limitLook(run, limitMs, systemClock));
      return hideSecrets(await (await limited)(), context.redact);
    };
    return { name, kind, componentType, critical, whenUnreachable, ...intervalsOf(settings, context), look };
  });
  return {
    dependencies,
    open: sessions.any,
    lend: (url, session, isMeant) => sessions.lend(url, session, { timeoutMs: sessions.timeoutOf(url), isMeant }),
    settle: () => sessions.settle(settleMs),
  };
}

function intervalsOf(
  settings: PreparedDependency["settings"],
  { fleetSize = () => 1 }: Pick<WatchContext, "fleetSize">,
): Pick<WatchedDependency, "intervalMs" | "longestIntervalMs" | "waitingIntervalMs"> {
  const { intervalMs = interval.first } = settings;
  if (!("url" in settings)) return { intervalMs };
  const { url } = settings;
  return {
    intervalMs,
    longestIntervalMs: settings.intervalMs ?? interval.longestForDatabase,
    waitingIntervalMs: (lookMs) => paceOf(fleetSize(url), lookMs),
  };
}

/** Dependencies with the same URL share its sessions, which get the longest timeout among them. */
function openSessions(prepared: readonly PreparedDependency[], openPostgres: WatchContext["open"]): Sessions {
  const timeouts = prepared.flatMap(({ settings }) =>
    "url" in settings ? [[settings.url, settings.timeoutMs] as const] : [],
  );
  const timeoutOf = (url: string) => Math.max(...timeouts.filter(([other]) => other === url).map(([, ms]) => ms));
  const joinWithinMs = Math.min(250, ...timeouts.map(([, ms]) => ms / 4));
  const share = <S extends LookSession>(open: OpenSession<S>) =>
    shareSessions({ open, joinWithinMs, clock: systemClock });
  const postgres = share((url) => openPostgres(timeoutOf(url))(url));
  const letLinger = createLingering();
  const others = share((url) => openOtherDatabase(url, timeoutOf(url), letLinger));
  const any = (url: string) => (isPostgres(url) ? postgres.open(url) : others.open(url));
  const settle = async (limitMs: number) =>
    void (await Promise.all([postgres.settle(limitMs), others.settle(limitMs)]));
  return { loadDriver, timeoutOf, postgres: postgres.open, any, lend: postgres.lend, settle };
}

function hideSecrets(observation: Observation, redact: (text: string) => string): Observation {
  const { found, reason } = observation;
  return {
    ...observation,
    ...(found !== undefined && { found: redact(found) }),
    ...(reason !== undefined && { reason: redact(reason) }),
  };
}

/** The app's own readiness, checked while it runs: an app that stops answering must get no traffic. */
export function watchApp(
  ready: ReadinessCheck | false | undefined,
  context: Pick<LookContext, "environment" | "workingDirectory" | "adopt">,
): readonly WatchedDependency[] {
  if (ready === undefined || ready === false) return [];
  const look = async (): Promise<Observation> => {
    const { askReadiness } = await import("../src/platform/processes/readiness.ts");
    const missing = await askReadiness(ready, { ...context, onSpawn: context.adopt });
    return missing === undefined
      ? { verdict: "compatible" }
      : { verdict: "unreachable", reason: `the app is not ready: ${missing}` };
  };
  return [
    {
      name: "app",
      kind: "app",
      componentType: "component",
      critical: true,
      whenUnreachable: "fail",
      intervalMs: 2000,
      look,
    },
  ];
}
