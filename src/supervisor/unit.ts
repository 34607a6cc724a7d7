import type { Clock } from "../kernel/clock.ts";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import { signalNumber, type SignalName } from "../kernel/signals.ts";
import { createBackoff } from "./backoff.ts";
import type { UnitLeftovers, UnitProcess } from "./unit-process.ts";

/**
 * The states of a process:
 * waiting (for the units in `after`) → starting (not ready yet) → running (ready) → ended.
 * If it does not become ready in time, it is failing: it got its stop signal, and counts as failed.
 * Before a restart it is clearing (processes that it left behind are ended), then in backoff, and then starting again.
 * If it is stopped, it is stopping (it got its stop signal), then killing if its grace has passed, then ended.
 */
export type UnitState =
  | "waiting"
  | "starting"
  | "running"
  | "failing"
  | "clearing"
  | "backoff"
  | "stopping"
  | "killing"
  | "ended";

export interface UnitSpec {
  readonly name: string;
  /** Names of the units that must be ready first. */
  readonly after: readonly string[];
  readonly restart: "never" | "on-failure" | "always";
  /** If true, its end stops the container, with its exit code. */
  readonly critical: boolean;
  /** Default: the signal that stops the container. */
  readonly stopSignal: SignalName | undefined;
  readonly graceSeconds: number;
  readonly spawn: () => UnitProcess;
  /** Resolves when it is ready. Rejects if that takes too long. If undefined, it is ready once it has started. */
  readonly waitUntilReady?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Processes that it leaves behind. They are ended before a restart. If undefined, they are ignored. */
  readonly leftovers?: UnitLeftovers | undefined;
}

export interface Unit {
  readonly spec: UnitSpec;
  readonly state: () => UnitState;
  /** Undefined while it does not run. */
  readonly pid: () => number | undefined;
  readonly restarts: () => number;
  /** The exit code of its last run, as in a shell. */
  readonly code: () => number | undefined;
  readonly start: () => void;
  /** Stops it for good, with its own stop signal or with this one. A further call signals it again. */
  readonly stop: (signal: SignalName) => void;
  readonly signal: (name: SignalName) => void;
  /** A child of seaworthy has ended. It may have been the last process of this unit. */
  readonly childEnded: () => void;
}

export interface UnitPorts {
  readonly clock: Clock;
  /** From 0 to 1, like Math.random. */
  readonly random: () => number;
  readonly log: Log;
  readonly onChange: () => void;
}

/** A process that survives SIGKILL hangs in the kernel, or we may not signal it. */
const afterKillMs = 2000;
const codeOfKill = 137;

/** The states after the signal that ends a process. Its grace has begun. */
const ending: ReadonlySet<UnitState> = new Set(["failing", "clearing", "stopping", "killing"]);

export function createUnit(spec: UnitSpec, { clock, random, log, onChange }: UnitPorts): Unit {
  const backoff = createBackoff(random);
  let state: UnitState = "waiting";
  let process: UnitProcess | undefined;
  let hasEnded = true;
  let restarts = 0;
  let startedAt = 0;
  let lastCode: number | undefined;
  /** The signal that was sent to end the process. */
  let sent: SignalName | undefined;
  /** Whether SIGTERM was sent to the processes that it left behind. */
  let hasCleared = false;
  let cancelTimer = () => {};
  let abortReadiness = new AbortController();

  const transition = (next: UnitState) => {
    log.debug(`${spec.name}: ${state} → ${next}`, { process: spec.name, state: next, pid: process?.pid });
    // If the stop signal has already been sent, a stop does not send it again. The grace continues.
    if (!ending.has(state) || next !== "stopping") cancelTimer();
    state = next;
    onChange();
  };

  const start = () => {
    startedAt = clock.now();
    sent = undefined;
    hasCleared = false;
    hasEnded = false;
    process = spec.spawn();
    process.ended.then(({ code }) => onEnded(code), onNotStarted);
    // The process could not be started. `ended` will reject soon. Until then, no unit after this one may start.
    if (process.pid === undefined) return transition("starting");
    if (spec.waitUntilReady === undefined) return transition("running");
    transition("starting");
    abortReadiness = new AbortController();
    const { signal } = abortReadiness;
    spec.waitUntilReady(signal).then(
      () => void (state === "starting" && !signal.aborted && transition("running")),
      (error: unknown) => void (!signal.aborted && onNeverReady(error)),
    );
  };

  const onNotStarted = (error: unknown) => {
    log.error(messageOf(error), { process: spec.name });
    onEnded(error instanceof Failure ? error.exitCode : 126);
  };

  const onNeverReady = (error: unknown) => {
    log.error(`${spec.name} did not become ready: ${messageOf(error)}`, { process: spec.name });
    transition("failing");
    terminateProcess(spec.stopSignal ?? "SIGTERM");
  };

  const onEnded = (code: number) => {
    // We gave up on this process, but it has ended now.
    if (state === "ended") return;
    abortReadiness.abort();
    hasEnded = true;
    // A failing process counts as failed, whatever its exit code after the stop signal.
    lastCode = state === "failing" ? ExitCode.gaveUp : code;
    backoff.record(clock.now() - startedAt);
    proceed();
  };

  /** Continues once all processes that were told to end have ended. */
  const proceed = () => {
    if (sent !== undefined && process?.runs(sent)) return;
    if (hasCleared && spec.leftovers?.any()) return;
    process = undefined;
    const wanted = spec.restart === "always" || (spec.restart === "on-failure" && lastCode !== 0);
    if (!wanted || state === "stopping" || state === "killing") return transition("ended");
    if (!hasCleared && spec.leftovers?.any()) clear(spec.leftovers);
    else backOff();
  };

  /** Otherwise a port could still be in use when the next process starts, or a daemon could run twice. */
  const clear = (leftovers: UnitLeftovers) => {
    log.warn(
      `${spec.name} ended with ${lastCode} and left ${leftovers.describe()} behind: ending it before ${spec.name} is started again. If ${spec.name} is a daemon, run it in the foreground.`,
      { process: spec.name, code: lastCode },
    );
    transition("clearing");
    hasCleared = true;
    terminate("SIGTERM", leftovers);
  };

  const backOff = () => {
    const delayMs = backoff.delayMs();
    log.warn(`${spec.name} ended with ${lastCode}: starting it again in ${(delayMs / 1000).toFixed(1)} s`, {
      process: spec.name,
      code: lastCode,
    });
    transition("backoff");
    cancelTimer = clock.after(delayMs, () => {
      restarts++;
      start();
    });
  };

  const terminateProcess = (signal: SignalName) => {
    sent = signal;
    terminate(signal, process);
  };

  /** Sends a signal, and SIGKILL after the grace. */
  const terminate = (signal: SignalName, target: Pick<UnitLeftovers, "signal"> | undefined) => {
    target?.signal(signal);
    cancelTimer = clock.after(spec.graceSeconds * 1000, () => {
      const what = state === "clearing" ? `a process that ${spec.name} left behind` : spec.name;
      log.warn(`${what} did not end within ${spec.graceSeconds} s after ${signal}: sending SIGKILL`, {
        process: spec.name,
      });
      if (state === "stopping") transition("killing");
      target?.signal("SIGKILL");
      cancelTimer = clock.after(afterKillMs, onUnkillable);
    });
  };

  const onUnkillable = () => {
    const isStopping = state === "stopping" || state === "killing";
    // Do not restart: two processes at the same time would do harm.
    if (!hasEnded && !isStopping) return;
    log.error(`${spec.name} still runs ${afterKillMs / 1000} s after SIGKILL: leaving it to the kernel`, {
      process: spec.name,
    });
    if (!hasEnded) lastCode = codeOfKill;
    process = undefined;
    if (isStopping) transition("ended");
    else backOff();
  };

  /** A restart would have replaced the last exit code. Now the code is the one of a process that the signal ended. */
  const endInRestart = (signal: SignalName) => {
    lastCode = 128 + signalNumber(signal);
  };

  return {
    spec,
    start,
    state: () => state,
    pid: () => (hasEnded ? undefined : process?.pid),
    restarts: () => restarts,
    code: () => lastCode,
    signal: (name) => void process?.signal(name),
    stop(asked) {
      const signal = spec.stopSignal ?? asked;
      switch (state) {
        case "starting":
        case "running":
          abortReadiness.abort();
          transition("stopping");
          return terminateProcess(signal);
        case "clearing":
          endInRestart(signal);
          return transition("stopping");
        case "failing":
          return transition("stopping");
        case "stopping":
        case "killing":
          return void process?.signal(signal);
        case "backoff":
          endInRestart(signal);
          return transition("ended");
        case "waiting":
          return transition("ended");
        case "ended":
      }
    },
    childEnded() {
      if (hasEnded && ending.has(state)) proceed();
    },
  };
}
