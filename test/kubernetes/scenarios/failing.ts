import assert from "node:assert/strict";
import { applyAll, deploy, undo, untilRolledOut } from "../deploying.ts";
import { assertFlawless, underLoad } from "../load.ts";
import { releaseOf, shopPods, untilJob } from "../pods.ts";
import type { Home } from "../home.ts";
import type { Scenario } from "../scenario.ts";

/** Versions that cannot be rolled out, and the control. */
export const failing: readonly Scenario[] = [
  {
    name: "broken-strict",
    promise: "the upgrade to 4 fails, deploy.sh rolls nothing out, and no request fails",
    start: "3.0.0",
    async run(home) {
      const tallies = await underLoad(home, ["3.0.0"], async () => {
        const { code, stdout, stderr } = await deploy(home, "4.0.0");
        assert.equal(code, 1, `${stdout}${stderr}`);
        assert.match(stderr, /cannot apply migration 0005_unique_names/);
        assert.match(stderr, /the upgrade to 4\.0\.0 failed: nothing was rolled out/);
      });
      assertFlawless(tallies, ["3.0.0"]);
      await assertOnly(home, "3.0.0");
    },
  },
  {
    name: "broken-lenient",
    promise: "4 never gets healthy, exceeds the progress deadline and is undone, and no request fails",
    start: "3.0.0",
    async run(home) {
      const tallies = await underLoad(home, ["3.0.0"], async () => {
        const deadline = { "progressDeadlineSeconds: 3600": "progressDeadlineSeconds: 30" };
        await applyAll(home, home.example.fillIn("4.0.0", deadline));
        const status = ["rollout", "status", "deployment/shop", "--timeout=180s"];
        const { code, stderr } = await home.kubectl.attempt(status);
        assert.notEqual(code, 0);
        assert.match(stderr, /exceeded its progress deadline/);
        await untilJob(home, "4.0.0", "Failed");
        await undo(home);
      });
      assertFlawless(tallies, ["3.0.0"]);
      await assertOnly(home, "3.0.0");
    },
  },
  {
    name: "no-image",
    promise: "deploy.sh gives up with 75 on an image that does not exist, and no request fails",
    async run(home) {
      const tallies = await underLoad(home, ["1.0.0"], async () => {
        const { code, stdout, stderr } = await deploy(home, "9.9.9", { TIMEOUT_SECONDS: "10" });
        assert.equal(code, 75, `${stdout}${stderr}`);
        assert.match(stderr, /the upgrade to 9\.9\.9 has not ended after 10 s: nothing was rolled out/);
      });
      assertFlawless(tallies, ["1.0.0"]);
      await assertOnly(home, "1.0.0");
    },
  },
  {
    name: "control",
    promise: "with the migration in the app's start, requests fail, and every client sees it",
    async run(home) {
      const image = { [`${home.images.shop}:2.0.0`]: home.images.naive };
      const file = { "value: /etc/seaworthy/seaworthy.yaml": "value: /app/naive.yaml" };
      const folder = home.example.fillIn("2.0.0", { ...image, ...file });
      // The table belongs to the upgrade's role.
      await home.query("GRANT shop_upgrade TO shop");
      const tallies = await underLoad(home, ["1.0.0", "2.0.0"], async () => {
        await home.kubectl.run(["apply", `--filename=${folder}/deployment.yaml`]);
        await untilRolledOut(home);
      });
      for (const [way, { failed }] of Object.entries(tallies)) {
        assert.ok(
          failed.some((failure) => /column .*price.* does not exist/.test(failure)),
          `${way}: ${failed.length} failed`,
        );
      }
    },
  },
];

async function assertOnly(home: Home, release: string): Promise<void> {
  assert.deepEqual((await shopPods(home)).map(releaseOf), [release, release, release]);
}
