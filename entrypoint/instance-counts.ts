import type { CountedInstances } from "../src/health/body.ts";
import type { ReadSession } from "../src/kernel/database.ts";
import type { Instances } from "../src/ledger/instances.ts";

/** Counts the live instances of the app for /metrics, if somebody reads it. */
export interface InstanceCounts {
  /** Call it with every report: it uses the session only after `latest` was called. */
  readonly update: (url: string, instances: Instances, session: ReadSession) => Promise<void>;
  /** The last counts of all ledgers. Undefined before the first. */
  readonly latest: () => CountedInstances | undefined;
}

export function createInstanceCounts(app: string, now: () => number): InstanceCounts {
  const counted = new Map<string, CountedInstances>();
  let isWanted = false;
  return {
    async update(url, instances, session) {
      if (!isWanted) return;
      const versions = await instances.list(session, app);
      if (versions !== undefined) counted.set(url, { versions, countedAt: now() });
    },
    latest() {
      isWanted = true;
      const all = [...counted.values()];
      if (all.length === 0) return undefined;
      const versions = Map.groupBy(
        all.flatMap((one) => one.versions),
        ({ version }) => version,
      );
      return {
        versions: [...versions.values()].map(join),
        countedAt: Math.min(...all.map(({ countedAt }) => countedAt)),
      };
    },
  };
}

type Counted = CountedInstances["versions"][number];

/** An instance reports to each of its app's ledgers. */
function join(sameVersion: readonly Counted[]): Counted {
  return {
    version: sameVersion[0]?.version,
    count: Math.max(...sameVersion.map(({ count }) => count)),
    since: sameVersion.map(({ since }) => since).toSorted()[0] ?? "",
  };
}
