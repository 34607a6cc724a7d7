import type { Settings } from "../src/config/settings.ts";
import {
  ListeningWatch,
  type AwaitedProcess,
  type FoundAddress,
  type ProcessRun,
} from "../src/health/listening-watch.ts";
import type { Log } from "../src/kernel/log.ts";
import { systemClock } from "../src/platform/clock.ts";
import { createFinder, type FindListener } from "../src/platform/listening/find-listener.ts";
import { readListeners, type Listener } from "../src/platform/listening/listeners.ts";
import { openSocketReader } from "../src/platform/listening/sockets.ts";
import { readProcesses, type ProcessEntry } from "../src/platform/processes/process-table.ts";
import type { Processes } from "../src/platform/processes/processes.ts";
import type { Supervisor } from "../src/supervisor/supervisor.ts";
import type { Unit } from "../src/supervisor/unit.ts";

export interface ListeningOptions {
  readonly settings: Pick<Settings, "app" | "dependencies" | "health" | "processes">;
  readonly supervisor: Pick<Supervisor, "units">;
  /** Whether the processes are the configuration's, and not only the app. */
  readonly several: boolean;
  readonly isLibuvs: Processes["isLibuvs"];
  readonly log: Log;
  readonly onReady: () => void;
}

/** Waits for each process without a readiness check to listen, before the first healthy answer. */
export function watchListening(options: ListeningOptions): ListeningWatch {
  const { settings, supervisor, several, isLibuvs, log, onReady } = options;
  const awaited = settings.health === false ? [] : supervisor.units.flatMap((unit) => awaitedOf(unit, options));
  const name = "app" in settings.dependencies ? "app-process" : "app";
  return new ListeningWatch(awaited, name, { clock: systemClock, log, find: createFind(several, isLibuvs), onReady });
}

function awaitedOf(unit: Unit, { settings, several, log }: ListeningOptions): readonly AwaitedProcess[] {
  const { name, critical } = unit.spec;
  const key = several ? `processes.${name}.ready` : "app.ready";
  const ready = several ? (settings.processes?.[name]?.ready ?? settings.app.ready) : settings.app.ready;
  if (ready === false) {
    log.info(`${name} counts as ready once it has started, because ${key} is false`, { process: name });
  }
  // A process that is not critical cannot make the container unhealthy.
  return ready === undefined && critical ? [{ name, key, pid: unit.pid }] : [];
}

function createFind(several: boolean, isLibuvs: Processes["isLibuvs"]) {
  const readSockets = openSocketReader();
  const finders = new WeakMap<ProcessRun, FindListener>();
  return (runs: readonly ProcessRun[]): ReadonlyMap<ProcessRun, FoundAddress> => {
    const table = readTable();
    let read: ReadonlyMap<string, Listener> | undefined;
    const listeners = () => (read ??= readListeners());
    const found = new Map<ProcessRun, FoundAddress>();
    for (const run of runs) {
      const finder = finders.get(run) ?? createFinder(process.pid);
      finders.set(run, finder);
      const listener = finder(several ? familyOf(run.pid, table) : appOf(table, isLibuvs), { readSockets, listeners });
      if (listener !== undefined) found.set(run, listener);
    }
    return found;
  };
}

/** All processes, by their parents. */
type Table = ReadonlyMap<number, readonly ProcessEntry[]>;

const readTable = (): Table => Map.groupBy(readProcesses(), ({ parent }) => parent);

/** A process and its descendants. Of several processes, it cannot be known whose an orphan was. */
function familyOf(pid: number, table: Table): readonly number[] {
  return [pid, ...(table.get(pid) ?? []).flatMap((child) => familyOf(child.pid, table))];
}

/** The only app, its descendants and its orphans: all but seaworthy and the commands of its own checks. */
function appOf(table: Table, isLibuvs: Processes["isLibuvs"]): readonly number[] {
  const children = (table.get(process.pid) ?? []).filter(({ pid }) => !isLibuvs(pid));
  return children.flatMap(({ pid }) => familyOf(pid, table));
}
