import type { Clock } from "../kernel/clock.ts";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import type { SignalName } from "../kernel/signals.ts";

/**
 * The life of one process:
 * waiting (for what it comes after) → starting (not ready yet) → running (ready) → ended.
 * One that does not become ready in time is failing: it got its stop signal, and counts as failed.
 * One that is restarted is in backoff after its end, and starts again.
 * One that is stopped is stopping (it got its stop signal), then killing where it outlives its grace, then ended.
 */
export type UnitState = "waiting" | "starting" | "running" | "failing" | "backoff" | "stopping" | "killing" | "ended";

export interface UnitProcess {
  readonly pid: number | undefined;
  /** Rejects with a Failure where the command could not be started. */
  readonly ended: Promise<{ readonly code: number; readonly signal?: SignalName }>;
  /** Signals the process, or its group. False where it has ended. */
  readonly signal: (name: SignalName) => boolean;
  /** Whether any process still runs that this signal goes to: the process itself, or another one of its group. */
  readonly runs: (name: SignalName) => boolean;
}

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
  /** A child of seaworthy has ended: maybe it was the last one of this unit's group. */
  readonly childEnded: () => void;
}

export interface UnitPorts {
  readonly clock: Clock;
  /** From 0 up to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  readonly onChange: () => void;
}

/** Restarts wait 0.5 s, then twice as long each time up to 30 s; one that ran for 10 s starts over at 0.5 s. */
const backoff = { firstMs: 500, longestMs: 30_000, forgivenAfterMs: 10_000 };

/** A process that outlives SIGKILL hangs in the kernel, or may not be signalled by us. */
const afterKillMs = 2000;
const codeOfKill = 137;

export function createUnit(spec: UnitSpec, { clock, random, log, onChange }: UnitPorts): Unit {
  let state: UnitState = "waiting";
  let process: UnitProcess | undefined;
  let hasEnded = true;
  let restarts = 0;
  let failures = 0;
  let startedAt = 0;
  let lastCode: number | undefined;
  /** What the process was sent to end it. */
  let sent: SignalName | undefined;
  let cancelTimer = () => {};
  let abortReadiness = new AbortController();

  const transition = (next: UnitState) => {
    log.debug(`${spec.name}: ${state} → ${next}`, { process: spec.name, state: next, pid: process?.pid });
    // A process that is failing was sent its stop signal already: its grace goes on when the stop comes.
    if (state !== "failing" || next !== "stopping") cancelTimer();
    state = next;
    onChange();
  };

  const start = () => {
    startedAt = clock.now();
    sent = undefined;
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
    terminate(spec.stopSignal ?? "SIGTERM");
  };

  const onEnded = (code: number) => {
    // It was left to the kernel, and has ended after all.
    if (state === "ended") return;
    abortReadiness.abort();
    hasEnded = true;
    // A failing process was stopped because it had failed, however it took its stop signal.
    lastCode = state === "failing" ? ExitCode.gaveUp : code;
    failures = clock.now() - startedAt >= backoff.forgivenAfterMs ? 1 : failures + 1;
    proceed();
  };

  /** Goes on once the process has ended, and its group with it where the group was stopped. */
  const proceed = () => {
    if (sent !== undefined && process?.runs(sent)) return;
    const wanted = spec.restart === "always" || (spec.restart === "on-failure" && lastCode !== 0);
    process = undefined;
    if (!wanted || state === "stopping" || state === "killing") return transition("ended");
    backOff();
  };

  const backOff = () => {
    const delay = Math.min(backoff.firstMs * 2 ** (failures - 1), backoff.longestMs) * (0.8 + 0.4 * random());
    log.warn(`${spec.name} ended with ${lastCode}: starting it again in ${(delay / 1000).toFixed(1)} s`, {
      process: spec.name,
      code: lastCode,
    });
    transition("backoff");
    cancelTimer = clock.after(delay, () => {
      restarts++;
      start();
    });
  };

  /** Sends the process its stop signal, and SIGKILL after its grace. */
  const terminate = (signal: SignalName) => {
    sent = signal;
    process?.signal(signal);
    cancelTimer = clock.after(spec.graceSeconds * 1000, () => {
      log.warn(`${spec.name} did not end within ${spec.graceSeconds} s after ${signal}: sending SIGKILL`, {
        process: spec.name,
      });
      if (state === "stopping") transition("killing");
      process?.signal("SIGKILL");
      cancelTimer = clock.after(afterKillMs, onUnkillable);
    });
  };

  const onUnkillable = () => {
    if (state !== "killing") return;
    log.error(`${spec.name} still runs ${afterKillMs / 1000} s after SIGKILL: leaving it to the kernel`, {
      process: spec.name,
    });
    if (!hasEnded) lastCode = codeOfKill;
    transition("ended");
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
          return terminate(signal);
        case "failing":
          return transition("stopping");
        case "stopping":
        case "killing":
          return void process?.signal(signal);
        case "waiting":
        case "backoff":
          return transition("ended");
        case "ended":
      }
    },
    childEnded() {
      if (hasEnded && process !== undefined) proceed();
    },
  };
}
