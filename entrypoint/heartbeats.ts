import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Settings } from "../src/config/settings.ts";
import { createHeartbeat } from "../src/health/heartbeat.ts";
import type { LookSession } from "../src/kernel/database.ts";
import type { Log } from "../src/kernel/log.ts";
import { loadEngine } from "../src/ledger/engines.ts";
import type { Instances } from "../src/ledger/instances.ts";
import { systemClock } from "../src/platform/clock.ts";
import { createInstanceCounts, type InstanceCounts } from "./instance-counts.ts";

export interface HeartbeatsOptions {
  readonly app: Settings["app"];
  /** The databases that keep a ledger of this app. */
  readonly urls: readonly string[];
  readonly open: (url: string) => Promise<LookSession>;
  /** Called just before a session is opened: a look that begins now can share it. */
  readonly onReport: (url: string) => void;
  readonly log: Log;
}

export interface Heartbeats {
  readonly start: () => void;
  /** How many instances of the app are alive, as far as the database with this URL knows: at least 1. */
  readonly fleetSize: (url: string) => number;
  /** The live instances of the app, as they were counted with the last reports. */
  readonly liveInstances: InstanceCounts["latest"];
  /** Withdraws all reports. Waits for at most this time. */
  readonly stop: (limitMs: number) => Promise<void>;
}

/** Reports to each ledger that this instance is alive. */
export function createHeartbeats({ app, urls, open, onReport, log }: HeartbeatsOptions): Heartbeats {
  const instance = { id: randomUUID(), app: app.name, version: app.version, host: hostname() };
  const counts = createInstanceCounts(app.name, Date.now);
  const within = async <T>(url: string, run: (instances: Instances, session: LookSession) => Promise<T>) => {
    const { instances } = await loadEngine(url);
    const session = await open(url);
    try {
      return await run(instances, session);
    } finally {
      await session.close();
    }
  };
  const heartbeats = new Map(
    urls.map((url) => [
      url,
      createHeartbeat({
        report() {
          onReport(url);
          return within(url, async (instances, session) => {
            const alive = await instances.report(session, instance);
            await counts.update(url, instances, session);
            return alive;
          });
        },
        withdraw: async () => await within(url, (instances, session) => instances.withdraw(session, instance.id)),
        clock: systemClock,
        random: Math.random,
        log,
      }),
    ]),
  );
  return {
    start: () => heartbeats.forEach(({ start }) => start()),
    liveInstances: counts.latest,
    fleetSize: (url) => heartbeats.get(url)?.fleetSize() ?? 1,
    async stop(limitMs) {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const cancel = systemClock.after(limitMs, resolve);
      const stopped = Promise.all(Array.from(heartbeats.values(), ({ stop }) => stop()));
      await Promise.race([stopped, late]).finally(cancel);
    },
  };
}
