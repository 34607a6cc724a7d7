import type { Clock } from "../kernel/clock.ts";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import type { SignalName } from "../kernel/signals.ts";

/**
 * The life of one process:
 * waiting (for what it comes after) → starting (not ready yet) → running (ready) → ended,
 * or → backoff → starting again where it is restarted, or → stopping (got its stop signal) → killing → ended.
 */
export type UnitState = "waiting" | "starting" | "running" | "backoff" | "stopping" | "killing" | "ended";

export interface UnitProcess {
  readonly pid: number | undefined;
  /** Rejects with a Failure where the command could not be started. */
  readonly ended: Promise<{ readonly code: number; readonly signal?: SignalName }>;
  /** Signals the process, or its group. False where it has ended. */
  readonly signal: (name: SignalName) => boolean;
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

export function createUnit(spec: UnitSpec, { clock, random, log, onChange }: UnitPorts): Unit {
  let state: UnitState = "waiting";
  let process: UnitProcess | undefined;
  let restarts = 0;
  let failures = 0;
  let startedAt = 0;
  let lastCode: number | undefined;
  let neverReady = false;
  let cancelTimer = () => {};
  let abortReadiness = new AbortController();

  const transition = (next: UnitState) => {
    log.debug(`${spec.name}: ${state} → ${next}`, { process: spec.name, state: next, pid: process?.pid });
    state = next;
    cancelTimer();
    cancelTimer = () => {};
    onChange();
  };

  const start = () => {
    startedAt = clock.now();
    neverReady = false;
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
    neverReady = true;
    terminate(spec.stopSignal ?? "SIGTERM", () => process?.signal("SIGKILL"));
  };

  const onEnded = (own: number) => {
    abortReadiness.abort();
    // However it took its stop signal: it was stopped because it had failed.
    const code = neverReady ? ExitCode.gaveUp : own;
    lastCode = code;
    process = undefined;
    const wanted = spec.restart === "always" || (spec.restart === "on-failure" && code !== 0);
    if (!wanted || state === "stopping" || state === "killing") return transition("ended");
    failures = clock.now() - startedAt >= backoff.forgivenAfterMs ? 1 : failures + 1;
    const delay = Math.min(backoff.firstMs * 2 ** (failures - 1), backoff.longestMs) * (0.8 + 0.4 * random());
    log.warn(`${spec.name} ended with ${code}: starting it again in ${(delay / 1000).toFixed(1)} s`, {
      process: spec.name,
      code,
    });
    transition("backoff");
    cancelTimer = clock.after(delay, () => {
      restarts++;
      start();
    });
  };

  /** Signals the process, and does `otherwise` when it is still there after its grace. */
  const terminate = (signal: SignalName, otherwise: () => void) => {
    process?.signal(signal);
    cancelTimer = clock.after(spec.graceSeconds * 1000, () => {
      log.warn(`${spec.name} did not end within ${spec.graceSeconds} s after ${signal}: sending SIGKILL`, {
        process: spec.name,
      });
      otherwise();
    });
  };

  return {
    spec,
    start,
    state: () => state,
    pid: () => process?.pid,
    restarts: () => restarts,
    code: () => lastCode,
    signal: (name) => void process?.signal(name),
    stop(asked) {
      const signal = spec.stopSignal ?? asked;
      if (state === "stopping" || state === "killing") return void process?.signal(signal);
      if (process === undefined) return void (state !== "ended" && transition("ended"));
      abortReadiness.abort();
      transition("stopping");
      terminate(signal, () => {
        transition("killing");
        process?.signal("SIGKILL");
      });
    },
  };
}
