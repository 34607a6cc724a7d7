import type { Clock } from "../kernel/clock.ts";
import { ExitCode } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import type { SignalName } from "../kernel/signals.ts";

/**
 * The life of a container:
 * running → draining (asked to stop: health is 503, the app still serves) → stopping (the app got its stop signal)
 * → killing (the grace is over) → sweeping (the main process has ended: what is left is ended too) → ended.
 */
export type SupervisorState = "running" | "draining" | "stopping" | "killing" | "sweeping" | "ended";

export interface MainProcess {
  readonly pid: number | undefined;
  /** Rejects with a Failure where the command could not be started. */
  readonly ended: Promise<{ readonly code: number; readonly signal?: SignalName }>;
  readonly signal: (name: SignalName) => boolean;
}

/** The processes that are still there when the main process has ended. */
export interface Leftovers {
  readonly any: () => boolean;
  readonly signal: (name: SignalName) => void;
}

export interface SupervisorOptions {
  readonly drainSeconds: number;
  readonly graceSeconds: number;
  /** Sent to the app to stop it. Default: the signal that asked for the stop. */
  readonly stopSignal?: SignalName | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked only once the main process has ended. */
  readonly openLeftovers: () => Promise<Leftovers>;
  /** Whether the health check has ever passed. */
  readonly wasEverHealthy: () => boolean;
}

export interface Supervisor {
  readonly state: () => SupervisorState;
  /** A signal that reached us. */
  readonly handle: (signal: SignalName) => void;
  /** A child has ended: maybe nothing is left. */
  readonly childEnded: () => void;
  /** Stops the app as SIGTERM does, but the container's code will be `code`. */
  readonly abandon: (code: number) => void;
  /** The container's exit code, once nothing is left. */
  readonly ended: Promise<number>;
}

/** A process that survives KILL hangs in the kernel: leaving is all that is left to do. */
const afterKillSeconds = 2;

export function supervise(main: MainProcess, options: SupervisorOptions): Supervisor {
  const { clock, log } = options;
  let state: SupervisorState = "running";
  let cancelTimer = () => {};
  let stopSignal: SignalName = options.stopSignal ?? "SIGTERM";
  let leftovers: Leftovers | undefined;
  let abandonedWith: number | undefined;
  let stopAsked = false;
  const swept = Promise.withResolvers<void>();

  const transition = (next: SupervisorState, fields: Readonly<Record<string, unknown>> = {}) => {
    log.debug(`${state} → ${next}`, { state: next, ...fields });
    state = next;
    cancelTimer();
    cancelTimer = () => {};
  };

  const stop = () => {
    transition("stopping", { signal: stopSignal });
    main.signal(stopSignal);
    cancelTimer = clock.after(options.graceSeconds * 1000, kill);
  };

  const kill = () => {
    log.warn(`the app did not end within ${options.graceSeconds} s after ${stopSignal}: sending SIGKILL`, {
      pid: main.pid,
    });
    transition("killing");
    main.signal("SIGKILL");
  };

  const askToStop = (signal: SignalName) => {
    stopSignal = options.stopSignal ?? signal;
    if (state === "draining") return stop();
    if (state !== "running") return void main.signal(stopSignal);
    log.info(`${signal}: stopping${options.drainSeconds > 0 ? ` after ${options.drainSeconds} s of draining` : ""}`, {
      signal,
    });
    if (options.drainSeconds === 0) return stop();
    transition("draining");
    cancelTimer = clock.after(options.drainSeconds * 1000, stop);
  };

  const sweep = async () => {
    transition("sweeping");
    leftovers = await options.openLeftovers();
    if (!leftovers.any()) return finishSweep();
    leftovers.signal("SIGTERM");
    cancelTimer = clock.after(options.graceSeconds * 1000, () => {
      log.warn(`processes are left ${options.graceSeconds} s after the app's end: sending SIGKILL`);
      leftovers?.signal("SIGKILL");
      cancelTimer = clock.after(afterKillSeconds * 1000, finishSweep);
    });
  };

  const finishSweep = () => {
    if (state === "ended") return;
    transition("ended");
    swept.resolve();
  };

  const ended = main.ended.then(async ({ code, signal }) => {
    log.debug(signal ? `the app was ended by ${signal}` : `the app exited with ${code}`, { code, signal });
    await sweep();
    await swept.promise;
    if (abandonedWith !== undefined) return abandonedWith;
    // An orchestrator reads 0 as "complete"; a container that never became healthy has completed nothing.
    if (stopAsked && code === 0 && !options.wasEverHealthy()) return ExitCode.interrupted;
    return code;
  });

  return {
    state: () => state,
    ended,
    handle(signal) {
      if (signal === "SIGTERM") {
        stopAsked = true;
        askToStop(signal);
      } else {
        main.signal(signal);
      }
    },
    childEnded() {
      if (state === "sweeping" && leftovers?.any() === false) finishSweep();
    },
    abandon(code) {
      abandonedWith = code;
      if (state === "running" || state === "draining") stop();
    },
  };
}
