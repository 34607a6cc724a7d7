import type { Clock } from "../kernel/clock.ts";
import { ExitCode } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import type { SignalName } from "../kernel/signals.ts";
import { createUnit, type Unit, type UnitSpec } from "./unit.ts";

/**
 * The life of a container: running → draining (asked to stop: health is 503, the app still serves) → stopping (the
 * processes get their stop signals, in reverse order) → sweeping (what is left is ended too) → ended.
 */
export type SupervisorState = "running" | "draining" | "stopping" | "sweeping" | "ended";

/** The processes that are still there when ours have ended. */
export interface Leftovers {
  readonly any: () => boolean;
  readonly signal: (name: SignalName) => void;
}

export interface SupervisorOptions {
  /** Nothing is started before `release` is called. */
  readonly held: boolean;
  readonly drainSeconds: number;
  /** For what is left when our own processes have ended. */
  readonly graceSeconds: number;
  /** What the app gets in a signal's place; `none` for nothing. */
  readonly rewrites: Readonly<Partial<Record<SignalName, SignalName | "none">>>;
  /** What the container exits with in place of an app's code. */
  readonly exitCodes: Readonly<Record<number, number>>;
  /** The signals that stop the container; the others only go through to the app. */
  readonly stopSignals: readonly SignalName[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly onChange: () => void;
  /** Asked once our own processes have ended. */
  readonly openLeftovers: () => Promise<Leftovers>;
  /** Whether the health check has ever passed. */
  readonly wasEverHealthy: () => boolean;
  /** Suspends ourselves, as the terminal's Ctrl-Z does. */
  readonly suspend: () => void;
}

export interface Supervisor {
  readonly state: () => SupervisorState;
  readonly units: readonly Unit[];
  /** Starts what was held back. */
  readonly release: () => void;
  /** A signal that reached us. */
  readonly handle: (signal: SignalName) => void;
  /** A child has ended: maybe nothing is left. */
  readonly childEnded: () => void;
  /** Stops everything as SIGTERM does, but at once, and the container's code will be `code`. */
  readonly abandon: (code: number) => void;
  /** The container's exit code, once nothing is left. */
  readonly ended: Promise<number>;
}

/** Those that suspend a process: when they come from outside of the terminal, we suspend with the app. */
const suspending: ReadonlySet<SignalName> = new Set(["SIGTSTP", "SIGTTIN", "SIGTTOU"]);

/** Those that end a process which does not handle them, as long as there is none that could. */
const ending: ReadonlySet<SignalName> = new Set(["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"]);

/** A process that survives KILL hangs in the kernel: leaving is all that is left to do. */
const afterKillSeconds = 2;

/** Starts the units, in an order in which each comes after what it names (start-order.ts), and takes them to their end. */
export function supervise(specs: readonly UnitSpec[], options: SupervisorOptions): Supervisor {
  const { clock, log } = options;
  const ended = Promise.withResolvers<number>();
  let held = options.held;
  let state: SupervisorState = "running";
  let stopSignal: SignalName = "SIGTERM";
  let stopAsked = false;
  let code: number | undefined;
  let leftovers: Leftovers | undefined;
  let cancelTimer = () => {};

  const transition = (next: SupervisorState) => {
    log.debug(`${state} → ${next}`, { state: next });
    state = next;
    cancelTimer();
    cancelTimer = () => {};
    options.onChange();
  };

  // A change of one unit moves others, whose changes come back here before the first is through: one at a time.
  let reacting = false;
  let again = false;
  const onUnitChange = () => {
    again = true;
    if (reacting) return;
    reacting = true;
    while (again) {
      again = false;
      react();
    }
    reacting = false;
    options.onChange();
  };

  const react = () => {
    if (state === "sweeping" || state === "ended") return;
    const lost = units.find((unit) => unit.spec.critical && unit.state() === "ended");
    if (state !== "stopping" && lost !== undefined) {
      code = lost.code();
      log.debug(`${lost.spec.name} ended with ${code}: the container ends`, { process: lost.spec.name, code });
      transition("stopping");
    }
    if (state === "stopping") stopNext();
    else startNext();
    if (units.every((unit) => unit.state() === "ended")) void sweep();
  };

  // One that has done its work and ended well does not hold up those that come after it.
  const isReady = (name: string) =>
    units.some(
      (unit) =>
        unit.spec.name === name && (unit.state() === "running" || (unit.state() === "ended" && unit.code() === 0)),
    );
  const startNext = () => {
    if (held) return;
    for (const unit of units) if (unit.state() === "waiting" && unit.spec.after.every(isReady)) unit.start();
  };

  /** In reverse: what others come after goes on until these have ended. */
  const stopNext = () => {
    for (const unit of units) {
      const needed = units.some((other) => other.spec.after.includes(unit.spec.name) && other.state() !== "ended");
      const state = unit.state();
      if (!needed && state !== "stopping" && state !== "killing" && state !== "ended") unit.stop(stopSignal);
    }
  };

  const isIdle = () => units.every((unit) => unit.state() === "waiting");

  const stop = () => {
    transition("stopping");
    onUnitChange();
  };

  const askToStop = (signal: SignalName) => {
    stopSignal = signal;
    stopAsked = true;
    if (state === "draining") return stop();
    // A further one from outside is passed on, as any other signal is.
    if (state === "sweeping") return leftovers?.signal(signal);
    if (state !== "running") return units.forEach((unit) => isStopping(unit) && unit.stop(signal));
    const { drainSeconds } = options;
    if (drainSeconds === 0) {
      // Before the log is written, whose reader may be slow.
      stop();
      return log.info(`${signal}: stopping`, { signal });
    }
    log.info(`${signal}: stopping after ${drainSeconds} s of draining`, { signal });
    transition("draining");
    cancelTimer = clock.after(drainSeconds * 1000, stop);
  };

  const sweep = async () => {
    transition("sweeping");
    leftovers = await options.openLeftovers();
    if (!leftovers.any()) return finish();
    leftovers.signal("SIGTERM");
    cancelTimer = clock.after(options.graceSeconds * 1000, () => {
      log.warn(`processes are left ${options.graceSeconds} s after the app's end: sending SIGKILL`);
      leftovers?.signal("SIGKILL");
      cancelTimer = clock.after(afterKillSeconds * 1000, finish);
    });
  };

  const finish = () => {
    if (state === "ended") return;
    transition("ended");
    ended.resolve(exitCode());
  };

  const exitCode = () => {
    const main = units.findLast((unit) => unit.spec.critical) ?? units.at(-1);
    const own = code ?? main?.code() ?? ExitCode.ok;
    const mapped = options.exitCodes[own] ?? own;
    // An orchestrator reads 0 as "complete"; a container that never became healthy has completed nothing.
    return stopAsked && mapped === ExitCode.ok && !options.wasEverHealthy() ? ExitCode.interrupted : mapped;
  };

  const units = specs.map((spec) => createUnit(spec, { ...options, onChange: onUnitChange }));
  onUnitChange();

  return {
    units,
    state: () => state,
    ended: ended.promise,
    release() {
      if (!held) return;
      held = false;
      onUnitChange();
    },
    handle(received) {
      const signal = options.rewrites[received] ?? received;
      if (signal === "none") return;
      if (options.stopSignals.includes(received) || (isIdle() && ending.has(received))) return askToStop(signal);
      for (const unit of units) unit.signal(signal);
      if (suspending.has(received)) options.suspend();
    },
    childEnded() {
      for (const unit of units) unit.childEnded();
      if (state === "sweeping" && leftovers?.any() === false) finish();
    },
    abandon(abandonedWith) {
      code = abandonedWith;
      if (state === "running" || state === "draining") stop();
    },
  };
}

function isStopping(unit: Unit): boolean {
  return unit.state() === "stopping" || unit.state() === "killing";
}
