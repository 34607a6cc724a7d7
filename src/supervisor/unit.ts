import type { Clock } from "../kernel/clock.ts";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import { signalNumber, type SignalName } from "../kernel/signals.ts";
import { createBackoff } from "./backoff.ts";
import type { UnitLeftovers, UnitProcess } from "./unit-process.ts";

/**
 * The life of one process:
 * waiting (for what it comes after) → starting (not ready yet) → running (ready) → ended.
 * One that does not become ready in time is failing: it got its stop signal, and counts as failed.
 * One that is restarted is clearing after its end, while what it left behind is ended, then in backoff, and starts again.
 * One that is stopped is stopping (it got its stop signal), then killing where it outlives its grace, then ended.
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
  /** Whether its end stops the container with its code. */
  readonly critical: boolean;
  /** Default: the signal that asked for the stop. */
  readonly stopSignal: SignalName | undefined;
  readonly graceSeconds: number;
  readonly spawn: () => UnitProcess;
  /** Resolves when it is ready; rejects when it took too long. Left out: ready once started. */
  readonly waitUntilReady?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** What a process of it leaves behind, to be ended before the next one is started. Left out: it is not looked for. */
  readonly leftovers?: UnitLeftovers | undefined;
}

export interface Unit {
  readonly spec: UnitSpec;
  readonly state: () => UnitState;
  /** Undefined while it does not run. */
  readonly pid: () => number | undefined;
  readonly restarts: () => number;
  /** The exit code of its last end, as a shell would give it. */
  readonly code: () => number | undefined;
  readonly start: () => void;
  /** Stops it for good with its own stop signal, or with this one. Asked again, it signals again. */
  readonly stop: (signal: SignalName) => void;
  readonly signal: (name: SignalName) => void;
  /** A child of seaworthy has ended: maybe it was the last one of this unit. */
  readonly childEnded: () => void;
}

export interface UnitPorts {
  readonly clock: Clock;
  /** From 0 up to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  readonly onChange: () => void;
}

/** A process that outlives SIGKILL hangs in the kernel, or may not be signalled by us. */
const afterKillMs = 2000;
const codeOfKill = 137;

/** The states in which a process was sent what ends it, and its grace has begun. */
const ending: ReadonlySet<UnitState> = new Set(["failing", "clearing", "stopping", "killing"]);

export function createUnit(spec: UnitSpec, { clock, random, log, onChange }: UnitPorts): Unit {
  const backoff = createBackoff(random);
  let state: UnitState = "waiting";
  let process: UnitProcess | undefined;
  let hasEnded = true;
  let restarts = 0;
  let startedAt = 0;
  let lastCode: number | undefined;
  /** What the process was sent to end it. */
  let sent: SignalName | undefined;
  /** Whether what it left behind was sent SIGTERM. */
  let hasCleared = false;
  let cancelTimer = () => {};
  let abortReadiness = new AbortController();

  const transition = (next: UnitState) => {
    log.debug(`${spec.name}: ${state} → ${next}`, { process: spec.name, state: next, pid: process?.pid });
    // What was sent its stop signal already is not sent it again by the stop: its grace goes on.
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
    // It could not be started, as `ended` is about to say: nothing that comes after it may start until then.
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
    // It was left to the kernel, and has ended after all.
    if (state === "ended") return;
    abortReadiness.abort();
    hasEnded = true;
    // A failing process was stopped because it had failed, however it took its stop signal.
    lastCode = state === "failing" ? ExitCode.gaveUp : code;
    backoff.record(clock.now() - startedAt);
    proceed();
  };

  /** Goes on once nothing runs any more that was sent what ends it. */
  const proceed = () => {
    if (sent !== undefined && process?.runs(sent)) return;
    if (hasCleared && spec.leftovers?.any()) return;
    process = undefined;
    const wanted = spec.restart === "always" || (spec.restart === "on-failure" && lastCode !== 0);
    if (!wanted || state === "stopping" || state === "killing") return transition("ended");
    if (!hasCleared && spec.leftovers?.any()) clear(spec.leftovers);
    else backOff();
  };

  /** A port that is still taken would keep the next process from starting, and a daemon would run twice. */
  const clear = (leftovers: UnitLeftovers) => {
    log.warn(
      `${spec.name} ended with ${lastCode} and left ${leftovers.describe()} behind: ending that before ${spec.name} is started again. If ${spec.name} is a daemon, run it in the foreground.`,
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
      const what = state === "clearing" ? `what ${spec.name} left behind` : spec.name;
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
    // A second process beside one that still runs would do harm.
    if (!hasEnded && !isStopping) return;
    log.error(`${spec.name} still runs ${afterKillMs / 1000} s after SIGKILL: leaving it to the kernel`, {
      process: spec.name,
    });
    if (!hasEnded) lastCode = codeOfKill;
    process = undefined;
    if (isStopping) transition("ended");
    else backOff();
  };

  /** Its last code was to be forgotten by the restart: now the signal ends it, as it would have a process. */
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
