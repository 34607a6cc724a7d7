import type { Settings } from "../src/config/settings.ts";
import { createListener } from "../src/health/listener.ts";
import type { Monitor } from "../src/health/monitor.ts";
import type { Verdict } from "../src/kernel/observation.ts";
import { loadEngine } from "../src/ledger/engines.ts";
import { systemClock } from "../src/platform/clock.ts";
import type { Context } from "./context.ts";
import type { PreparedDependency } from "./prepare-dependencies.ts";
import { isPostgres, openListeningSessions } from "./sessions.ts";
import type { WatchedDependencies } from "./watched-dependencies.ts";

export interface AnnouncementOptions {
  readonly app: Settings["app"];
  readonly dependencies: readonly PreparedDependency[];
  readonly context: Pick<Context, "variables" | "log">;
  readonly monitor: Pick<Monitor, "checks" | "lookNow">;
  readonly lend: WatchedDependencies["lend"];
  readonly onUpgrade: () => void;
}

/** The verdicts that only an upgrade can end. */
const awaited: ReadonlySet<Verdict> = new Set(["behind", "upgrading", "dirty"]);
/** A look that begins this soon after an announcement was caused by it. */
const momentMs = 250;

/** Looks at once when a database announces a finished upgrade. Keeps one standing session per database. */
export function listenForUpgrades(options: AnnouncementOptions): void {
  const { dependencies } = options;
  const recorded = dependencies.filter((dependency) => dependency.kind === "schema" || dependency.kind === "release");
  const inPostgres = recorded.filter(({ settings }) => isPostgres(settings.url));
  for (const [url, sharing] of Map.groupBy(inPostgres, ({ settings }) => settings.url)) {
    listenAt(url, new Set(sharing.map(({ name }) => name)), options);
  }
}

function listenAt(
  url: string,
  names: ReadonlySet<string>,
  { app, context, monitor, lend, onUpgrade }: AnnouncementOptions,
): void {
  let announcedAt = Number.NEGATIVE_INFINITY;
  const isAwaited = () =>
    monitor.checks().some(({ name, observation }) => names.has(name) && awaited.has(observation.verdict));
  createListener({
    url,
    open: openListeningSessions(app, context.variables),
    listen: async (session) => (await loadEngine(url)).listen(session),
    // During an upgrade, or when all containers look at once, the database cannot spare a connection for every look. At any
    // other time, a look must connect, to see whether the app could.
    onListen(session) {
      let isOpen = true;
      void session.lost.then(() => (isOpen = false));
      lend(url, session, () => isOpen && (isAwaited() || systemClock.now() - announcedAt < momentMs));
    },
    onUpgrade() {
      onUpgrade();
      announcedAt = systemClock.now();
      monitor.lookNow(names);
    },
    onChange: () => monitor.lookNow(names),
    clock: systemClock,
    random: Math.random,
    log: context.log,
  }).start();
}
