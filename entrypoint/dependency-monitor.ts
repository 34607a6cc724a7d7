import type { Settings } from "../src/config/settings.ts";
import { createMonitor, type Monitor } from "../src/health/monitor.ts";
import { systemClock } from "../src/platform/clock.ts";
import type { Context } from "./context.ts";
import { createHeartbeats, type Heartbeats } from "./heartbeats.ts";
import type { PreparedDependency } from "./prepare-dependencies.ts";
import { upgradeHint } from "./schema-kind.ts";
import { openLookSessions } from "./sessions.ts";
import { listenForUpgrades, recordedByUrl } from "./upgrade-announcements.ts";
import { watchApp, watchDependencies, type WatchContext, type WatchedDependencies } from "./watched-dependencies.ts";

export interface DependencyMonitorOptions {
  readonly settings: Settings;
  readonly dependencies: readonly PreparedDependency[];
  readonly context: Pick<Context, "variables" | "log" | "redact">;
  readonly looks: Pick<WatchContext, "environment" | "workingDirectory" | "spawn" | "adopt">;
  /** Called after every look. */
  readonly onLook: () => void;
  /** An upgrade has announced its end. */
  readonly onUpgrade: () => void;
}

/** All that one instance does with its dependencies while it runs: it looks, listens for upgrades, and reports. */
export interface DependencyMonitor {
  readonly monitor: Monitor;
  readonly heartbeats: Heartbeats;
  readonly watched: WatchedDependencies;
  readonly start: () => void;
}

export function monitorDependencies(options: DependencyMonitorOptions): DependencyMonitor {
  const { settings, dependencies, context, looks, onLook, onUpgrade } = options;
  const { app } = settings;
  const { log } = context;
  const watched = watchDependencies(dependencies, {
    ...looks,
    fleetSize: (url) => heartbeats.fleetSize(url),
    appVersion: app.version,
    upgradeHint: upgradeHint(settings),
    open: openLookSessions(app, context.variables),
    redact: context.redact,
  });
  // A configured interval is kept exactly.
  const sharing = recordedByUrl(dependencies.filter((one) => one.settings.intervalMs === undefined));
  const heartbeats = createHeartbeats({
    app,
    urls: [...recordedByUrl(dependencies).keys()],
    open: watched.open,
    onReport: (url) => monitor.lookNow(sharing.get(url) ?? new Set()),
    log,
  });
  const monitor = createMonitor({
    dependencies: [...watched.dependencies, ...watchApp(app.ready, looks)],
    clock: systemClock,
    random: Math.random,
    log,
    onLook() {
      onLook();
      updateListeners();
    },
  });
  const { notifications, percent } = notificationsOf(settings.health);
  const updateListeners = notifications
    ? listenForUpgrades({ app, dependencies, context, monitor, watched, percent, onUpgrade })
    : () => {};
  return {
    monitor,
    heartbeats,
    watched,
    start() {
      monitor.start();
      heartbeats.start();
    },
  };
}

/** Without a health endpoint, the defaults apply. */
function notificationsOf(health: Settings["health"]): { readonly notifications: boolean; readonly percent: number } {
  if (health === false) return { notifications: true, percent: 10 };
  return { notifications: health.notifications, percent: health.connectionPercent };
}
