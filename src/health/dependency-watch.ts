import type { Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import type { ComponentType, Observation } from "../kernel/observation.ts";
import { statusOf, type HealthStatus } from "./status.ts";

/** A dependency that the monitor watches. */
export interface WatchedDependency {
  readonly name: string;
  /** `schema`, `release`, …: shown in the health check's body. */
  readonly kind: string;
  readonly componentType: ComponentType;
  /** If false, it can only warn. */
  readonly critical: boolean;
  readonly whenUnreachable: "warn" | "fail";
  /** Between two looks while it is compatible, in milliseconds. */
  readonly intervalMs: number;
  /** The interval doubles up to this while it stays compatible and nothing changes. Default: `intervalMs`. */
  readonly longestIntervalMs?: number;
  /**
   * Between two looks while it waits for an upgrade, in milliseconds, after a look that took `lookMs`. At most
   * `longestIntervalMs`. Default: 500.
   */
  readonly waitingIntervalMs?: (lookMs: number) => number;
  /** Looks once. Must not write, lock, or exceed its own timeout of at most 2 s. */
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
  /** The end of the last look, in milliseconds since 1970. Undefined before the first. */
  readonly lookedAt: number | undefined;
  /** The last change of the verdict, in milliseconds since 1970. */
  readonly since: number;
}

export interface WatchPorts {
  readonly clock: Clock;
  /** From 0 to 1, like Math.random. */
  readonly random: () => number;
  readonly log: Log;
  /** Called after every look. */
  readonly onLook: () => void;
}

/** How long to wait between two looks, in milliseconds. */
const interval = {
  /** While waiting for an upgrade, so that its end is noticed within a second. */
  waiting: 500,
  /** Doubled after each consecutive failure, up to the interval for a compatible dependency. */
  unreachable: 500,
  longestUnreachable: 10_000,
  /** The server has no connection left. Asking again soon would take one from the app. */
  crowded: 5000,
};

const notLookedLately: Observation = { verdict: "unknown", reason: "the monitor is stuck: no look for too long" };

const notLookedYet: Observation = { verdict: "unknown", reason: "not looked yet" };

/** The loop of one dependency: look, wait, look again. */
export class DependencyWatch {
  readonly #dependency: WatchedDependency;
  readonly #ports: WatchPorts;
  #observation = notLookedYet;
  #since: number;
  #wasCompatible = false;
  /** The number of consecutive looks without an answer. */
  #failures = 0;
  /** The number of consecutive looks that found it compatible and unchanged. */
  #unchanged = 0;
  #lookedAt: number | undefined;
  #lookMs: number | undefined;
  #isStale = false;
  #isStopped = false;
  /** Undefined after a change. */
  #result: CheckResult | undefined;
  /** The running look. */
  #looking: Promise<void> | undefined;
  /** Whether to look again after the running look. */
  #lookAgain = false;
  #cancelNextLook = () => {};
  #cancelStale = () => {};

  constructor(dependency: WatchedDependency, ports: WatchPorts) {
    this.#dependency = dependency;
    this.#ports = ports;
    this.#since = ports.clock.now();
  }

  /** The same object until something changes. */
  result(): CheckResult {
    return (this.#result ??= this.#describe());
  }

  #describe(): CheckResult {
    const { name, kind, componentType, critical, whenUnreachable } = this.#dependency;
    const observation = this.#isStale ? notLookedLately : this.#observation;
    return {
      name,
      kind,
      componentType,
      status: statusOf(observation, { critical, whenUnreachable, wasCompatible: this.#wasCompatible }),
      observation,
      lookMs: this.#lookMs,
      lookedAt: this.#lookedAt,
      since: this.#since,
    };
  }

  start(): void {
    this.#watchForStall();
    this.#look();
  }

  lookNow(): void {
    // One look at a time. A running look may have read too early, so look again after it.
    if (this.#looking === undefined) this.#look();
    else this.#lookAgain = true;
  }

  /** Starts no further look. Resolves when the last one has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#lookAgain = false;
    this.#cancelNextLook();
    this.#cancelStale();
    await this.#looking;
  }

  #look(): void {
    this.#cancelNextLook();
    this.#lookAgain = false;
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
      if (this.#lookAgain) this.#look();
    });
  }

  async #lookOnce(): Promise<void> {
    const { clock, onLook } = this.#ports;
    const beganAt = clock.now();
    const next = await this.#dependency.look().catch(unexpected);
    if (this.#isStopped) return;
    this.#watchForStall();
    this.#lookedAt = clock.now();
    this.#lookMs = this.#lookedAt - beganAt;
    this.#transition(next);
    this.#result = undefined;
    onLook();
    this.#waitForNextLook();
  }

  #transition(next: Observation): void {
    if (next.verdict !== this.#observation.verdict) {
      this.#since = this.#ports.clock.now();
      this.#logChange(this.#observation, next);
    }
    const isSame = next.verdict === "compatible" && next.found === this.#observation.found;
    this.#unchanged = isSame && this.#observation.verdict === "compatible" ? this.#unchanged + 1 : 0;
    this.#observation = next;
    this.#wasCompatible ||= next.verdict === "compatible";
    this.#failures = next.verdict === "unreachable" ? this.#failures + 1 : 0;
  }

  #logChange(before: Observation, { verdict, reason }: Observation): void {
    const { name } = this.#dependency;
    const because = reason === undefined ? "" : `: ${reason}`;
    const level = verdict === "compatible" ? "info" : "warn";
    this.#ports.log[level](`${name}: ${before.verdict} → ${verdict}${because}`, { dependency: name, verdict });
  }

  #waitForNextLook(): void {
    const { clock, random } = this.#ports;
    const delayMs = delayAfter(this.#observation, this.#dependency, {
      failures: this.#failures,
      unchanged: this.#unchanged,
      lookMs: this.#lookMs ?? 0,
    });
    this.#cancelNextLook = clock.after(jittered(delayMs, random), () => this.#look());
  }

  /** Uses a timer. Comparing times would be wrong if the wall clock is set. */
  #watchForStall(): void {
    const { clock, log, onLook } = this.#ports;
    const { name, intervalMs, longestIntervalMs = intervalMs } = this.#dependency;
    this.#cancelStale();
    this.#isStale = false;
    this.#result = undefined;
    // A look and the pause after it take less than half of this. A 200 is never based on an older look.
    const staleAfterMs = 2 * Math.max(longestIntervalMs, interval.longestUnreachable);
    this.#cancelStale = clock.after(staleAfterMs, () => {
      this.#isStale = true;
      this.#result = undefined;
      log.error(`${name}: ${notLookedLately.reason}`, { dependency: name });
      onLook();
    });
  }
}

/** A look that throws is a bug in seaworthy. The dependency's version is then unknown. */
function unexpected(error: unknown): Observation {
  return { verdict: "unreadable", reason: `internal error: ${messageOf(error)}` };
}

interface LastLooks {
  readonly failures: number;
  readonly unchanged: number;
  readonly lookMs: number;
}

function delayAfter(
  { verdict, isCrowded }: Observation,
  { intervalMs, longestIntervalMs = intervalMs, waitingIntervalMs }: WatchedDependency,
  { failures, unchanged, lookMs }: LastLooks,
): number {
  if (verdict === "compatible") return Math.min(intervalMs * 2 ** unchanged, longestIntervalMs);
  if (verdict !== "unreachable") return Math.min(waitingIntervalMs?.(lookMs) ?? interval.waiting, longestIntervalMs);
  const first = isCrowded === true ? interval.crowded : interval.unreachable;
  return Math.min(first * 2 ** (failures - 1), interval.longestUnreachable, intervalMs);
}

/** Varies by up to a fifth, so that the containers of a deployment do not all look at the same moment. */
function jittered(milliseconds: number, random: () => number): number {
  return milliseconds * (0.8 + 0.4 * random());
}
