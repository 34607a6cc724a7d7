import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../kernel/log.ts";
import type { CheckResult } from "./dependency-watch.ts";

/** A process that has no readiness check of its own. */
export interface AwaitedProcess {
  /** For messages: `the app`, or its name in `processes`. */
  readonly name: string;
  /** The key that sets its readiness: `app.ready`, `processes.web.ready`. */
  readonly key: string;
  /** Undefined while it does not run. */
  readonly pid: () => number | undefined;
}

/** One run of a process, from its start to its end. */
export interface ProcessRun {
  readonly process: AwaitedProcess;
  readonly pid: number;
}

export interface FoundAddress {
  /** For people: `127.0.0.1:8080`. */
  readonly address: string;
  /** If true, only the user matches: seaworthy may not see the descriptors of the process. */
  readonly byUser: boolean;
}

export interface ListeningPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** The listener of each of these runs, as far as it has one. */
  readonly find: (runs: readonly ProcessRun[]) => ReadonlyMap<ProcessRun, FoundAddress>;
  /** Called when a process counts as ready. */
  readonly onReady: () => void;
}

/** After this time a process that does not listen is taken for a worker. */
const limitMs = 30_000;
const pause = { firstMs: 5, factor: 1.5, longestMs: 100 };
/** Looks take at most about this share of a core on a host where each is slow. */
const largestShare = 0.2;
const longestCostlyMs = 1000;

/**
 * Waits for processes to listen. A process that ends must listen again in its next run, except if it was taken for a
 * worker. Once each is ready, nothing looks any more: only `ready` can check a process for as long as it runs.
 */
export class ListeningWatch {
  readonly #processes: readonly AwaitedProcess[];
  readonly #ports: ListeningPorts;
  readonly #checkName: string;
  readonly #runs = new Map<AwaitedProcess, ProcessRun>();
  /** The waiting runs, with the functions that cancel their limits. */
  readonly #waiting = new Map<ProcessRun, () => void>();
  readonly #workers = new Set<AwaitedProcess>();
  #pauseMs = pause.firstMs;
  #cancelLook: (() => void) | undefined;
  #check: CheckResult | undefined;

  /** @param checkName the name of the check in health bodies. */
  constructor(processes: readonly AwaitedProcess[], checkName: string, ports: ListeningPorts) {
    this.#processes = processes;
    this.#checkName = checkName;
    this.#ports = ports;
  }

  /** The failing check while a process does not listen. The same object until that changes. */
  readonly check = (): CheckResult | undefined => this.#check;

  /** Call it at the beginning, and at every change of a process. */
  readonly processChanged = (): void => {
    const begun = this.#processes.filter((process) => this.#follow(process));
    if (begun.length > 0) this.#pauseMs = pause.firstMs;
    this.#describe();
    if (begun.length > 0) this.#look();
  };

  /** Returns whether a new run has begun to wait. */
  #follow(process: AwaitedProcess): boolean {
    const pid = process.pid();
    const before = this.#runs.get(process);
    if (before?.pid === pid) return false;
    if (before !== undefined) this.#settle(before);
    this.#runs.delete(process);
    if (pid === undefined || this.#workers.has(process)) return false;
    const run = { process, pid };
    this.#runs.set(process, run);
    this.#waiting.set(
      run,
      this.#ports.clock.after(limitMs, () => this.#giveUp(run)),
    );
    return true;
  }

  #settle(run: ProcessRun): void {
    this.#waiting.get(run)?.();
    this.#waiting.delete(run);
    if (this.#waiting.size === 0) this.#cancelLook?.();
  }

  #look(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    if (this.#waiting.size === 0) return;
    const { clock, find } = this.#ports;
    const beganAt = performance.now();
    const found = find([...this.#waiting.keys()]);
    const tookMs = performance.now() - beganAt;
    for (const [run, address] of found) this.#accept(run, address);
    if (found.size > 0) this.#ready();
    if (this.#waiting.size === 0) return;
    const costlyMs = Math.min(tookMs / largestShare, longestCostlyMs);
    this.#cancelLook = clock.after(Math.max(this.#pauseMs, costlyMs), () => this.#look());
    this.#pauseMs = Math.min(this.#pauseMs * pause.factor, pause.longestMs);
  }

  #accept(run: ProcessRun, { address, byUser }: FoundAddress): void {
    const { name, key } = run.process;
    const hidden = " Only its user was compared, because seaworthy may not see the descriptors of this process.";
    this.#ports.log.info(
      `${name} listens on ${address}: it counts as ready, because ${key} is not set.${byUser ? hidden : ""}`,
      { process: name, address },
    );
    this.#settle(run);
  }

  #giveUp(run: ProcessRun): void {
    const { name, key } = run.process;
    this.#ports.log.warn(
      `${name} does not listen on any TCP port or unix socket after ${limitMs / 1000} s: taking it for a worker, so it counts as ready. If it is a worker, set ${key}: false, and health does not wait. Else set ${key} to a check.`,
      { process: name },
    );
    this.#workers.add(run.process);
    this.#settle(run);
    this.#ready();
  }

  #ready(): void {
    this.#describe();
    this.#ports.onReady();
  }

  #describe(): void {
    const names = [...this.#waiting.keys()].map(({ process }) => process.name);
    const reason = names.length === 0 ? undefined : `the app is not ready: ${describeWaiting(names)}`;
    if (reason === this.#check?.observation.reason) return;
    const now = this.#ports.clock.now();
    const since = this.#check?.since ?? now;
    this.#check =
      reason === undefined
        ? undefined
        : {
            name: this.#checkName,
            kind: "app",
            componentType: "component",
            status: "fail",
            observation: { verdict: "unreachable", reason },
            lookMs: undefined,
            lookedAt: now,
            since,
          };
  }
}

function describeWaiting(names: readonly string[]): string {
  if (names.length > 1) return `${names.join(" and ")} do not listen yet`;
  return `${names[0] === "the app" ? "it" : names[0]} does not listen yet`;
}
