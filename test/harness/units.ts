import type { Log } from "../../src/kernel/log.ts";
import type { SignalName } from "../../src/kernel/signals.ts";
import type { UnitSpec } from "../../src/supervisor/unit.ts";
import type { UnitProcess } from "../../src/supervisor/unit-process.ts";

/** A process that a test controls. */
export interface PuppetProcess extends UnitProcess {
  readonly signals: SignalName[];
  /** How many other processes of its group run. Default: 0. */
  others: number;
  readonly end: (code: number) => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
}

export interface Puppet {
  readonly spec: UnitSpec;
  /** Every process that was started for the unit, the latest one last. */
  readonly processes: readonly PuppetProcess[];
  readonly last: () => PuppetProcess;
  /** Makes the latest process ready. */
  readonly ready: () => Promise<void>;
  readonly neverReady: (error: Error) => Promise<void>;
}

export function createPuppet(name: string, changes: Partial<UnitSpec> & { readonly asked?: boolean } = {}): Puppet {
  const { asked = false, ...spec } = changes;
  const processes: PuppetProcess[] = [];
  let readiness = Promise.withResolvers<void>();
  const last = () => {
    const process = processes.at(-1);
    if (process === undefined) throw new Error(`${name} was never started`);
    return process;
  };
  return {
    processes,
    last,
    ready: () => (readiness.resolve(), settle()),
    neverReady: (error) => (readiness.reject(error), settle()),
    spec: {
      name,
      after: [],
      restart: "never",
      critical: true,
      stopSignal: undefined,
      graceSeconds: 10,
      spawn() {
        const process = createPuppetProcess(processes.length + 100);
        processes.push(process);
        return process;
      },
      ...(asked && {
        waitUntilReady(signal: AbortSignal) {
          readiness = Promise.withResolvers<void>();
          signal.addEventListener("abort", () => readiness.reject(new Error("called off")));
          return readiness.promise;
        },
      }),
      ...spec,
    },
  };
}

export function createPuppetProcess(pid: number | undefined): PuppetProcess {
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly code: number }>();
  const signals: SignalName[] = [];
  let ended = false;
  const endWith = (finish: () => void) => {
    ended = true;
    finish();
    return settle();
  };
  return {
    pid,
    signals,
    others: 0,
    ended: promise,
    signal(name) {
      return this.runs(name) && signals.push(name) > 0;
    },
    runs() {
      return !ended || this.others > 0;
    },
    end: (code) => endWith(() => resolve({ code })),
    fail: (error) => endWith(() => reject(error)),
  };
}

/** Waits until all pending promise callbacks have run. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A log that records its lines as "warn: …". */
export function createRecordingLog(): { readonly log: Log; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  return {
    lines,
    log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), progress: () => {} },
  };
}
