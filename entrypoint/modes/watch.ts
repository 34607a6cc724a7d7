import type { HealthView } from "../../src/health/body.ts";
import { isLoopback, parseListen } from "../../src/health/listen.ts";
import { letFaultsEndUs } from "../../src/platform/signals/fault-signals.ts";
import { leftoversOf, type Leftovers } from "../../src/platform/processes/leftovers.ts";
import { openLibc } from "../../src/platform/libc/libc.ts";
import type { Processes } from "../../src/platform/processes/processes.ts";
import { createReaper } from "../../src/supervisor/reaper.ts";
import type { Supervisor } from "../../src/supervisor/supervisor.ts";
import type { Log } from "../../src/kernel/log.ts";
import type { SignalName } from "../../src/kernel/signals.ts";
import type { Loaded } from "../../src/config/load.ts";
import type { Settings } from "../../src/config/settings.ts";
import { ContainerHealth } from "../container-health.ts";
import type { Context } from "../context.ts";
import type { PreparedDependency } from "../prepare-dependencies.ts";
import { monitorDependencies } from "../dependency-monitor.ts";
import type { WatchContext } from "../watched-dependencies.ts";
import { watchListening } from "../listening-app.ts";

export interface WatchOptions {
  readonly settings: Settings;
  readonly describeGap: Loaded["describeGap"];
  readonly dependencies: readonly PreparedDependency[];
  readonly context: Context;
  readonly processes: Pick<Processes, "isLibuvs" | "onReaped">;
  readonly looks: Pick<WatchContext, "environment" | "workingDirectory" | "spawn" | "adopt">;
  readonly supervisor: Supervisor;
  /** Whether the processes are the configuration's, and not only the app. */
  readonly showProcesses: boolean;
}

/** Everything that runs beside the app. The app starts without it. */
export interface Watching {
  readonly reapOrphans: () => void;
  /** Call it with every signal that reaches seaworthy. */
  readonly onSignal: (signal: SignalName) => void;
  readonly leftovers: Leftovers;
  readonly wasEverHealthy: () => boolean;
  /** Call it at every change of a process. */
  readonly onChange: () => void;
  /** Exits at once with this code. */
  readonly exitAtOnce: (code: number) => void;
  /** Waits a moment for running looks. */
  readonly settle: () => Promise<void>;
  /** Rejects if health cannot be served: a container that cannot be probed must not go on. */
  readonly served: Promise<void>;
}

export function watch(options: WatchOptions): Watching {
  const { settings, dependencies, context, processes, looks, supervisor, showProcesses } = options;
  const { log } = context;
  const libc = openLibc();
  const { monitor, heartbeats, watched, start } = monitorDependencies({
    settings,
    dependencies,
    context,
    looks,
    onLook: () => health.onChange(),
    onUpgrade: () => health.countUpgrade(),
  });
  const names = new Set(watched.dependencies.map(({ name }) => name));
  const listening = watchListening({
    settings,
    supervisor,
    several: showProcesses,
    isLibuvs: processes.isLibuvs,
    log,
    onReady: () => health.onChange(),
  });
  const { check } = listening;
  const { liveInstances } = heartbeats;
  const parts = { settings, monitor, supervisor, listening: check, dependencies: names, showProcesses, liveInstances };
  const health = new ContainerHealth(parts);
  void options.describeGap().then((gap) => {
    if (gap === undefined) return;
    log.warn(gap);
    health.addNote(context.redact(gap));
  });
  start();
  const onChange = () => {
    listening.processChanged();
    health.onChange();
  };
  onChange();
  return {
    onChange,
    onSignal: letFaultsEndUs(),
    reapOrphans: createReaper({
      children: libc,
      isLibuvs: processes.isLibuvs,
      onReaped: processes.onReaped,
      defer: (again) => setImmediate(afterLibuv, again, supervisor),
    }),
    leftovers: leftoversOf(process.pid, libc.hasChildren),
    wasEverHealthy: health.wasEverHealthy,
    exitAtOnce: libc.exit,
    async settle() {
      await heartbeats.stop(withdrawMs);
      await watched.settle();
    },
    served: settings.health === false ? Promise.resolve() : serve(settings.health, health.view, log),
  };
}

/** The end of a container must not wait long for a database. Without the withdrawal, the report expires by itself. */
const withdrawMs = 2000;

/** libuv may meanwhile have reaped the last processes that were left. */
function afterLibuv(reapOrphans: () => void, supervisor: Supervisor): void {
  reapOrphans();
  supervisor.childEnded();
}

type HealthSettings = Exclude<Settings["health"], false>;

async function serve({ listen, details }: HealthSettings, view: () => HealthView, log: Log): Promise<void> {
  const { serveHealth } = await import("../../src/health/server.ts");
  const address = parseListen(listen);
  const url = await serveHealth({ address, details, view, onError: log.warn });
  const scope = isLoopback(address) ? " (for this container only: health.listen)" : "";
  log.info(`serving health on ${url}/health${scope}`, { url });
}
