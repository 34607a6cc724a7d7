import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { waitLong } from "../../harness/engine/patience.ts";
import type { Home } from "../home.ts";
import { assertFlawless, underLoad } from "../load.ts";
import { evict, shopPods } from "../pods.ts";
import { untilRolledOut } from "../deploying.ts";
import type { Scenario } from "../scenario.ts";

/** The outage lasts at least this long: longer than every probe's limit. */
const outageMs = 30_000;

/** What happens to a running version. */
export const disturbed: readonly Scenario[] = [
  {
    name: "outage",
    promise: "Postgres is down for 30 s: every Pod stays ready and is not restarted",
    async run(home) {
      const before = await conditionsOf(home);
      const tallies = await underLoad(home, ["1.0.0"], async () => {
        await stopDatabase(home);
        await pause(outageMs);
        assert.equal(await conditionsOf(home), before);
        await startDatabase(home);
      });
      assert.equal(await conditionsOf(home), before);
      for (const [way, { failed, wrong }] of Object.entries(tallies)) {
        assert.deepEqual(wrong, [], way);
        assert.ok(failed.length > 0, `${way}: the outage was not seen`);
        // The app answers, and says that it has no database.
        const others = failed.filter((failure) => !/: 500 \{"error"/.test(failure));
        assert.deepEqual(others, [], way);
      }
      assertFlawless(await underLoad(home, ["1.0.0"], async () => {}), ["1.0.0"]);
    },
  },
  {
    name: "evictions",
    promise: "all Pods are evicted at once, the PodDisruptionBudget lets one go after the other, and no request fails",
    async run(home) {
      const pods = await shopPods(home);
      let refused = 0;
      const tallies = await underLoad(home, ["1.0.0"], async () => {
        const untilEvicted = ({ metadata }: (typeof pods)[number]) =>
          waitLong(`the eviction of ${metadata.name}`, async () => {
            const evicted = await evict(home, metadata.name);
            if (!evicted) refused++;
            return evicted;
          });
        await Promise.all(pods.map(untilEvicted));
        await untilRolledOut(home);
      });
      assertFlawless(tallies, ["1.0.0"]);
      assert.ok(refused > 0, "the budget refused no eviction");
      const left = (await shopPods(home)).filter(({ metadata }) =>
        pods.some((pod) => pod.metadata.uid === metadata.uid),
      );
      assert.deepEqual(left, []);
    },
  },
];

/** Each Pod with its restarts, and since when it has been ready. */
async function conditionsOf(home: Home): Promise<string> {
  const lines = (await shopPods(home)).map(({ metadata, status }) => {
    const ready = status.conditions?.find(({ type }) => type === "Ready");
    const restarts = status.containerStatuses?.[0]?.restartCount;
    return `${metadata.name}: restarts ${restarts}, ready ${ready?.status} since ${ready?.lastTransitionTime}`;
  });
  return lines.toSorted().join("\n");
}

const isReady = "--output=jsonpath={.status.containerStatuses[0].ready}";

async function stopDatabase({ kubectl }: Home): Promise<void> {
  // The command ends with its container, so its exit code says nothing.
  const stop = "touch /data/down; pg_ctl stop --pgdata=/data/cluster --mode=immediate";
  await kubectl.attempt(["exec", "database", "--", "sh", "-c", stop]);
  await waitLong("Postgres to be down", async () => (await kubectl.run(["get", "pod/database", isReady])) === "false");
}

async function startDatabase({ kubectl }: Home): Promise<void> {
  // Kubernetes may still be about to restart its container.
  await waitLong("the database's container", async () => {
    return (await kubectl.attempt(["exec", "database", "--", "rm", "-f", "/data/down"])).code === 0;
  });
  await kubectl.run(["wait", "--for=condition=Ready", "pod/database", "--timeout=120s"]);
}
