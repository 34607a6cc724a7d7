import type { Settings } from "../src/config/settings.ts";
import { createListener, type Listener } from "../src/health/listener.ts";
import type { Monitor } from "../src/health/monitor.ts";
import type { Verdict } from "../src/kernel/observation.ts";
import { keepsLedger, loadEngine } from "../src/ledger/engines.ts";
import type { Notifications } from "../src/ledger/engine.ts";
import { systemClock } from "../src/platform/clock.ts";
import type { Context } from "./context.ts";
import type { PreparedDependency } from "./prepare-dependencies.ts";
import { openListeningSessions } from "./sessions.ts";
import type { WatchedDependencies } from "./watched-dependencies.ts";

export interface AnnouncementOptions {
  readonly app: Settings["app"];
  readonly dependencies: readonly PreparedDependency[];
  readonly context: Pick<Context, "variables" | "log">;
  readonly monitor: Pick<Monitor, "checks" | "lookNow">;
  readonly watched: Pick<WatchedDependencies, "lend" | "open">;
  /** The share of the server's connections that all instances may hold, in percent. */
  readonly percent: number;
  readonly onUpgrade: () => void;
}

/** The verdicts that only an upgrade can end. */
const awaited: ReadonlySet<Verdict> = new Set(["behind", "upgrading", "dirty"]);
/** A look that begins this soon after an announcement was caused by it. */
const momentMs = 250;

/** The dependencies that an upgrade's ledger records, by URL. */
export function recordedByUrl(dependencies: readonly PreparedDependency[]): ReadonlyMap<string, ReadonlySet<string>> {
  const recorded = dependencies.flatMap(({ kind, name, settings }) =>
    (kind === "schema" || kind === "release") && keepsLedger(settings.url) ? [{ name, url: settings.url }] : [],
  );
  return new Map(
    Array.from(
      Map.groupBy(recorded, ({ url }) => url),
      ([url, sharing]) => [url, new Set(sharing.map(({ name }) => name))],
    ),
  );
}

/**
 * Looks at once when a database announces a finished upgrade. Keeps a session open for this while an upgrade is awaited.
 * Call the returned function after every look.
 */
export function listenForUpgrades(options: AnnouncementOptions): () => void {
  const awaiting = Array.from(recordedByUrl(options.dependencies), ([url, names]) => listenAt(url, names, options));
  return () => awaiting.forEach((update) => update());
}

function listenAt(url: string, names: ReadonlySet<string>, options: AnnouncementOptions): () => void {
  const { monitor } = options;
  const isAwaited = () =>
    monitor.checks().some(({ name, observation }) => names.has(name) && awaited.has(observation.verdict));
  let listener: Listener | undefined;
  let opening = false;
  return () => {
    if (!isAwaited()) return listener?.stop();
    if (listener !== undefined) return listener.start();
    if (opening) return;
    opening = true;
    void loadEngine(url).then(({ notifications }) => {
      if (notifications === undefined) return;
      listener = listenerAt(url, { names, isAwaited, notifications }, options);
      if (isAwaited()) listener.start();
    });
  };
}

interface Awaiting {
  readonly names: ReadonlySet<string>;
  readonly isAwaited: () => boolean;
  readonly notifications: Notifications;
}

function listenerAt(
  url: string,
  { names, isAwaited, notifications }: Awaiting,
  { app, context, monitor, watched, percent, onUpgrade }: AnnouncementOptions,
): Listener {
  let announcedAt = Number.NEGATIVE_INFINITY;
  const open = openListeningSessions(app, context.variables);
  return createListener({
    open: (onNotify) => open(url, onNotify),
    async hasRoom() {
      const session = await watched.open(url);
      try {
        return await notifications.hasRoom(session, percent);
      } finally {
        await session.close();
      }
    },
    listen: (session) => notifications.listen(session, percent),
    // During an upgrade, or when all containers look at once, the database cannot spare a connection for every look. At any
    // other time, a look must connect, to see whether the app could.
    onListen(session, isOpen) {
      watched.lend(url, session, () => isOpen() && (isAwaited() || systemClock.now() - announcedAt < momentMs));
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
  });
}
