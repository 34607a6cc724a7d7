import assert from "node:assert/strict";
import { blockUpgrade } from "../../containers/blocked-upgrade.ts";
import { waitLong } from "../../harness/engine/patience.ts";
import { applied, applyAll, untilRolledOut } from "../deploying.ts";
import { jobOf } from "../example.ts";
import type { Home } from "../home.ts";
import { killPod } from "../kill.ts";
import { assertFlawless, underLoad } from "../load.ts";
import { evict, jobPods, releaseOf, shopPods, untilJob, workingPod, type Pod } from "../pods.ts";
import type { Scenario } from "../scenario.ts";

/** The lenient variant. The Pod of its upgrade is interrupted half-way, and another one completes the upgrade. */
export const interrupted: readonly Scenario[] = [
  {
    name: "lenient-deleted",
    promise: "the Pod of a lenient upgrade is deleted half-way, another one completes it, and no request fails",
    run: (home) =>
      interrupt(home, async ({ metadata }) => {
        await home.kubectl.run(["delete", "pod", metadata.name, "--wait=false"]);
      }),
  },
  {
    name: "lenient-evicted",
    promise: "the Pod of a lenient upgrade is evicted half-way, another one completes it, and no request fails",
    run: (home) => interrupt(home, async ({ metadata }) => assert.ok(await evict(home, metadata.name))),
  },
  {
    name: "lenient-killed",
    promise: "the Pod of a lenient upgrade is killed half-way, another one completes it, and no request fails",
    run: (home) => interrupt(home, (pod) => killPod(home, pod)),
  },
];

async function interrupt(home: Home, harm: (pod: Pod) => Promise<void>): Promise<void> {
  const releases = ["1.0.0", "2.0.0"];
  const tallies = await underLoad(home, releases, async () => {
    const { untilHalfWay, letGo } = await blockUpgrade(home.query);
    try {
      await applyAll(home, home.example.fillIn("2.0.0"));
      const describe = () => home.kubectl.run(["describe", "job", jobOf("2.0.0")]);
      await untilHalfWay(describe);
      const first = await workingPod(home, "2.0.0");
      await expectWaiting(home);
      await harm(first);
      await waitLong(
        "another Pod of the Job",
        async () =>
          (await jobPods(home, "2.0.0")).some(
            ({ metadata, status }) => metadata.uid !== first.metadata.uid && status.phase === "Running",
          ),
        describe,
      );
      assert.equal(await applied(home), "0001_create_products 0002_add_cents");
    } finally {
      await letGo();
    }
    await untilJob(home, "2.0.0", "Complete");
    await untilRolledOut(home);
  });
  assertFlawless(tallies, releases);
  assert.equal(await applied(home), "0001_create_products 0002_add_cents 0003_fill_cents");
}

/** Waits until a Pod of 2 runs. It must not be ready: its schema is not there yet. */
async function expectWaiting(home: Home): Promise<void> {
  const waiting = async () =>
    (await shopPods(home)).filter((pod) => releaseOf(pod) === "2.0.0" && pod.status.phase === "Running");
  await waitLong("a Pod of 2 to run", async () => (await waiting()).length > 0);
  for (const { status } of await waiting()) assert.equal(status.containerStatuses?.[0]?.ready, false);
}
