import { createMonitor } from "../../src/health/monitor.ts";
import { parseListen } from "../../src/health/listen.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { leftoversOf, type Leftovers } from "../../src/platform/leftovers.ts";
import { openLibc } from "../../src/platform/libc.ts";
import { createReaper } from "../../src/supervisor/reaper.ts";
import type { SupervisorState } from "../../src/supervisor/supervisor.ts";
import type { Settings } from "../../src/config/settings.ts";
import type { Context } from "../context.ts";
import { watchDependencies, type PreparedDependency } from "../dependencies.ts";
import { openLookSessions } from "../sessions.ts";

export interface WatchOptions {
  readonly settings: Settings;
  readonly dependencies: readonly PreparedDependency[];
  readonly context: Context;
  readonly isOurs: (pid: number) => boolean;
  readonly state: () => SupervisorState;
}

/** Everything that runs beside the app. None of it is needed to start the app. */
export interface Watching {
  readonly reapOrphans: () => void;
  readonly leftovers: Leftovers;
  readonly wasEverHealthy: () => boolean;
  /** Rejects where health cannot be served: a container that nobody can probe must not go on. */
  readonly served: Promise<void>;
}

export function watch({ settings, dependencies, context, isOurs, state }: WatchOptions): Watching {
  const { log } = context;
  const libc = openLibc();
  if (process.pid !== 1 && !libc.becomeSubreaper()) {
    log.warn(
      "seaworthy is not PID 1 and cannot become a subreaper: orphans will stay zombies. Run it as the container's ENTRYPOINT, or use Linux 3.4 or later.",
    );
  }
  const monitor = createMonitor({
    dependencies: watchDependencies(dependencies, openLookSessions(settings.app)),
    clock: systemClock,
    random: Math.random,
    log,
  });
  monitor.start();
  return {
    reapOrphans: createReaper({ children: libc, isOurs, defer: setImmediate }),
    leftovers: leftoversOf(process.pid, libc.hasChildren),
    // With no endpoint there is nobody who could have found it unhealthy.
    wasEverHealthy: () => settings.health === false || monitor.wasEverHealthy(),
    served: settings.health === false ? Promise.resolve() : serve(settings.health.listen),
  };

  async function serve(listen: string): Promise<void> {
    const { serveHealth } = await import("../../src/health/server.ts");
    const { url } = await serveHealth(parseListen(listen), () => {
      const draining = state() !== "running";
      return {
        app: settings.app,
        phase: draining ? "draining" : "run",
        status: draining ? "fail" : monitor.status(),
        checks: monitor.checks(),
      };
    });
    log.info(`serving health on ${url}/health`, { url });
  }
}
