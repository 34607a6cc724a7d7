import type { Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import type { ComponentType, Observation } from "../kernel/observation.ts";
import { statusOf, worstOf, type HealthStatus } from "./status.ts";

/** A dependency as the monitor sees it. */
export interface WatchedDependency {
  readonly name: string;
  /** `schema`, `release`, …: shown in the health check's body. */
  readonly kind: string;
  readonly componentType: ComponentType;
  /** False: it can only warn. */
  readonly critical: boolean;
  readonly whenUnreachable: "warn" | "fail";
  /** Between two looks while it is compatible, in milliseconds. */
  readonly intervalMs: number;
  /** Looks once. Must not write, lock, or take longer than its own timeout of at most 2 s. */
  readonly look: () => Promise<Observation>;
}

export interface CheckResult {
  readonly name: string;
  readonly kind: string;
  readonly componentType: ComponentType;
  readonly status: HealthStatus;
  readonly observation: Observation;
  /** How long the last look took, in milliseconds. */
  readonly lookMs: number | undefined;
  /** When the last look ended, in milliseconds since 1970; undefined before the first. */
  readonly lookedAt: number | undefined;
  /** Since when the verdict is what it is. */
  readonly since: number;
}

export interface Monitor {
  readonly checks: () => readonly CheckResult[];
  readonly status: () => HealthStatus;
  readonly start: () => void;
  /** Looks at these dependencies at once: something is known to have changed. */
  readonly lookNow: (names: ReadonlySet<string>) => void;
  /** No look begins after this; resolves when the last one has ended. */
  readonly stop: () => Promise<void>;
}

export interface MonitorOptions {
  readonly dependencies: readonly WatchedDependency[];
  readonly clock: Clock;
  /** From 0 up to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  /** Called after every look. */
  readonly onLook: () => void;
}

/** How long to wait between two looks, in milliseconds. */
const interval = {
  /** While an upgrade is awaited: its end is seen within a second. */
  behind: 500,
  /** Doubled at each failure in a row, up to what is waited while compatible. */
  unreachable: 500,
  longestUnreachable: 10_000,
};

const notLookedLately: Observation = { verdict: "unknown", reason: "the monitor is stuck: no look for too long" };

const notLookedYet: Observation = { verdict: "unknown", reason: "not looked yet" };

/** One loop a dependency, in the background: asking for the result does no I/O. */
export function createMonitor({ dependencies, clock, random, log, onLook }: MonitorOptions): Monitor {
  const status = () => worstOf(watches.map((watch) => watch.result().status));
  const watches = dependencies.map((dependency) => createWatch(dependency, { clock, random, log, onLook }));
  return {
    status,
    checks: () => watches.map((watch) => watch.result()),
    start: () => watches.forEach((watch) => watch.start()),
    lookNow: (names) => watches.forEach((watch) => names.has(watch.result().name) && watch.lookNow()),
    stop: async () => void (await Promise.all(watches.map((watch) => watch.stop()))),
  };
}

interface Watch {
  readonly result: () => CheckResult;
  readonly start: () => void;
  readonly lookNow: () => void;
  readonly stop: () => Promise<void>;
}

type WatchPorts = Pick<MonitorOptions, "clock" | "random" | "log" | "onLook">;

function createWatch(dependency: WatchedDependency, { clock, random, log, onLook }: WatchPorts): Watch {
  const { name, kind, componentType, critical, whenUnreachable, intervalMs } = dependency;
  let observation = notLookedYet;
  let since = clock.now();
  // No look takes half of this with the pause after it. The answer is never a 200 that is older.
  const staleAfterMs = 2 * Math.max(intervalMs, interval.longestUnreachable);
  let stale = false;
  let cancelStale = () => {};
  let lookedAt: number | undefined;
  let lookMs: number | undefined;
  let wasCompatible = false;
  let failures = 0;
  let stopped = false;
  let cancelTimer = () => {};
  let looking: Promise<void> | undefined;
  let again = false;

  const transition = (next: Observation) => {
    if (next.verdict !== observation.verdict) {
      since = clock.now();
      const level = next.verdict === "compatible" ? "info" : "warn";
      const reason = next.reason === undefined ? "" : `: ${next.reason}`;
      log[level](`${name}: ${observation.verdict} → ${next.verdict}${reason}`, {
        dependency: name,
        verdict: next.verdict,
      });
    }
    observation = next;
    wasCompatible ||= next.verdict === "compatible";
    failures = next.verdict === "unreachable" ? failures + 1 : 0;
  };

  const look = () => {
    cancelTimer();
    again = false;
    looking ??= lookOnce().finally(() => {
      looking = undefined;
      if (again) look();
    });
  };

  const lookOnce = async () => {
    const beganAt = clock.now();
    const next = await dependency.look().catch(unexpected);
    if (stopped) return;
    watchForStall();
    lookedAt = clock.now();
    lookMs = lookedAt - beganAt;
    transition(next);
    onLook();
    cancelTimer = clock.after(jittered(delayAfter(next, failures, intervalMs), random), look);
  };

  /** By a timer, and not by comparing times: the wall clock may be set. */
  const watchForStall = () => {
    cancelStale();
    stale = false;
    cancelStale = clock.after(staleAfterMs, () => {
      stale = true;
      log.error(`${name}: ${notLookedLately.reason}`, { dependency: name });
      onLook();
    });
  };

  return {
    result() {
      const current = stale ? notLookedLately : observation;
      return {
        name,
        kind,
        componentType,
        status: statusOf(current, { critical, whenUnreachable, wasCompatible }),
        observation: current,
        lookMs,
        lookedAt,
        since,
      };
    },
    start() {
      watchForStall();
      look();
    },
    lookNow() {
      // One look at a time: what is under way may have asked too early.
      if (looking === undefined) look();
      else again = true;
    },
    async stop() {
      stopped = true;
      again = false;
      cancelTimer();
      cancelStale();
      await looking;
    },
  };
}

/** A look that throws is a bug of ours: the dependency's version is not known. */
function unexpected(error: unknown): Observation {
  return { verdict: "unreadable", reason: `internal error: ${messageOf(error)}` };
}

function delayAfter({ verdict }: Observation, failures: number, intervalMs: number): number {
  if (verdict === "compatible") return intervalMs;
  if (verdict !== "unreachable") return Math.min(interval.behind, intervalMs);
  return Math.min(interval.unreachable * 2 ** (failures - 1), interval.longestUnreachable, intervalMs);
}

/** Up to a fifth less or more, so that the containers of one deployment do not all ask at the same moment. */
function jittered(milliseconds: number, random: () => number): number {
  return milliseconds * (0.8 + 0.4 * random());
}
