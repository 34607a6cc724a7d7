import type { Clock } from "../kernel/clock.ts";
import { ExitCode } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import type { SignalName } from "../kernel/signals.ts";
import { createUnit, type Unit, type UnitSpec } from "./unit.ts";

/**
 * The states of a container: running → draining (asked to stop: health is 503, the app still serves) → stopping (the
 * processes get their stop signals, in reverse order) → sweeping (all other processes are ended) → ended.
 */
export type SupervisorState = "running" | "draining" | "stopping" | "sweeping" | "ended";

/** Processes that still run after ours have ended. */
export interface Leftovers {
  readonly any: () => boolean;
  readonly signal: (name: SignalName) => void;
}

export interface SupervisorOptions {
  /** If true, nothing starts before `release` is called. */
  readonly held: boolean;
  readonly drainSeconds: number;
  /** For processes that still run after ours have ended. */
  readonly graceSeconds: number;
  /** Replaces signals before they reach the app. `none` drops the signal. */
  readonly rewrites: Readonly<Partial<Record<SignalName, SignalName | "none">>>;
  /** Replaces exit codes of the app by exit codes of the container. */
  readonly exitCodes: Readonly<Record<number, number>>;
  /** The signals that stop the container. Others are only passed on to the app. */
  readonly stopSignals: readonly SignalName[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly onChange: () => void;
  /** Called once our own processes have ended. */
  readonly openLeftovers: () => Promise<Leftovers>;
  /** Whether the health check has ever passed. */
  readonly wasEverHealthy: () => boolean;
  /** Suspends this process, as Ctrl-Z does. */
  readonly suspend: () => void;
}

export interface Supervisor {
  readonly state: () => SupervisorState;
  readonly units: readonly Unit[];
  /** Starts the units if they were held. */
  readonly release: () => void;
  /** Handles a signal that this process received. */
  readonly handle: (signal: SignalName) => void;
  /** A child has ended, so there may be no more processes. */
  readonly childEnded: () => void;
  /** Stops everything like SIGTERM, but without draining. The container exits with `code`. */
  readonly abandon: (code: number) => void;
  /** Resolves to the container's exit code once no process is left. */
  readonly ended: Promise<number>;
}

/** Signals that suspend a process. If one comes from outside the terminal, we suspend together with the app. */
const suspending: ReadonlySet<SignalName> = new Set(["SIGTSTP", "SIGTTIN", "SIGTTOU"]);

/** Signals that end a process by default. They stop the container while it has no process that could handle them. */
const ending: ReadonlySet<SignalName> = new Set(["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"]);

/** A process that survives SIGKILL hangs in the kernel. After this time, the container exits anyway. */
const afterKillSeconds = 2;

/** Starts the units, and supervises them until they end. `specs` must be in start order (start-order.ts). */
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

  // A change of one unit can change others, and their changes call this again. Handle one change at a time.
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

  // A unit that has ended with 0 does not block the units after it.
  const isReady = (name: string) =>
    units.some(
      (unit) =>
        unit.spec.name === name && (unit.state() === "running" || (unit.state() === "ended" && unit.code() === 0)),
    );
  const startNext = () => {
    if (held) return;
    for (const unit of units) if (unit.state() === "waiting" && unit.spec.after.every(isReady)) unit.start();
  };

  /** Stops in reverse order: a unit runs until all units after it have ended. */
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
    // A further stop signal is passed on like any other signal.
    if (state === "sweeping") return leftovers?.signal(signal);
    if (state !== "running") return units.forEach((unit) => isStopping(unit) && unit.stop(signal));
    const { drainSeconds } = options;
    if (drainSeconds === 0) {
      // Stop before logging: the log's reader may be slow.
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
    log.info(
      `processes still run after the app's end: they got SIGTERM, and have ${options.graceSeconds} s before SIGKILL`,
    );
    cancelTimer = clock.after(options.graceSeconds * 1000, () => {
      log.warn(`processes still run ${options.graceSeconds} s after the app's end: sending SIGKILL`);
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
    // An orchestrator reads 0 as "complete", but a container that never became healthy has completed nothing.
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
