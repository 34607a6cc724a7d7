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
/** A look that begins so soon after an announcement begins because of it. */
const momentMs = 250;

/** Looks at once where a database announces that an upgrade is done: one standing session a database. */
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
    // While a database is upgraded, and when all containers look at once, it can least afford a connection for each look
    // of each container. Otherwise a look must see whether the app could connect.
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
