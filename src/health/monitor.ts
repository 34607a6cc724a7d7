import { DependencyWatch, type CheckResult, type WatchedDependency, type WatchPorts } from "./dependency-watch.ts";
import { worstOf, type HealthStatus } from "./status.ts";

export interface Monitor {
  readonly checks: () => readonly CheckResult[];
  readonly status: () => HealthStatus;
  readonly start: () => void;
  /** Looks at these dependencies now, because something has changed. */
  readonly lookNow: (names: ReadonlySet<string>) => void;
  /** Starts no further look. Resolves when the last one has ended. */
  readonly stop: () => Promise<void>;
}

export interface MonitorOptions extends WatchPorts {
  readonly dependencies: readonly WatchedDependency[];
}

/** Runs one loop per dependency in the background. Reading a result does no I/O. */
export function createMonitor({ dependencies, ...ports }: MonitorOptions): Monitor {
  const status = () => worstOf(watches.map((watch) => watch.result().status));
  const watches = dependencies.map((dependency) => new DependencyWatch(dependency, ports));
  return {
    status,
    checks: () => watches.map((watch) => watch.result()),
    start: () => watches.forEach((watch) => watch.start()),
    lookNow: (names) => watches.forEach((watch) => names.has(watch.result().name) && watch.lookNow()),
    stop: async () => void (await Promise.all(watches.map((watch) => watch.stop()))),
  };
}
