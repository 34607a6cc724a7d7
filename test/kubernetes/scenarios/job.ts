import assert from "node:assert/strict";
import { blockUpgrade } from "../../containers/blocked-upgrade.ts";
import { waitLong } from "../../harness/engine/patience.ts";
import { applied, applyAll, deploy, deployed, hasPrice, succeeded, untilRolledOut } from "../deploying.ts";
import { jobOf } from "../example.ts";
import { assertFlawless, underLoad } from "../load.ts";
import { jobPods, untilJob } from "../pods.ts";
import type { Scenario } from "../scenario.ts";

/** The Job of the upgrade. */
export const job: readonly Scenario[] = [
  {
    name: "four-pods",
    promise: "four Pods of one Job run at once: one does the work, all complete, and no request fails",
    async run(home) {
      const four = { "backoffLimit: 3": "backoffLimit: 3\n  parallelism: 4\n  completions: 4" };
      const folder = home.example.fillIn("2.0.0", four);
      const tallies = await underLoad(home, ["1.0.0"], async () => {
        await home.kubectl.run(["apply", `--filename=${folder}/upgrade-job.yaml`]);
        await untilJob(home, "2.0.0", "Complete");
      });
      assertFlawless(tallies, ["1.0.0"]);
      const pods = await jobPods(home, "2.0.0");
      assert.deepEqual(
        pods.map(({ status }) => status.phase),
        ["Succeeded", "Succeeded", "Succeeded", "Succeeded"],
      );
      const logs = await Promise.all(pods.map(({ metadata }) => home.kubectl.run(["logs", metadata.name])));
      assert.equal(logs.filter((log) => log.includes("applied 0003_fill_cents")).length, 1, logs.join("\n"));
      assert.equal(await applied(home), "0001_create_products 0002_add_cents 0003_fill_cents");
    },
  },
  {
    name: "second-deploy",
    promise: "a second deploy.sh of the same version leaves the running Job alone, and no request fails",
    async run(home) {
      const jobUid = () => home.kubectl.run(["get", "job", jobOf("2.0.0"), "--output=jsonpath={.metadata.uid}"]);
      const releases = ["1.0.0", "2.0.0"];
      const tallies = await underLoad(home, releases, async () => {
        const { untilHalfWay, letGo } = await blockUpgrade(home.query);
        const first = deploy(home, "2.0.0");
        try {
          await untilHalfWay(() => home.kubectl.run(["describe", "job", jobOf("2.0.0")]));
          const uid = await jobUid();
          const { code, stdout, stderr } = await deploy(home, "2.0.0", { TIMEOUT_SECONDS: "3" });
          assert.equal(code, 75, `${stdout}${stderr}`);
          assert.match(stdout, /shop-upgrade-2-0-0 is already running: waiting for it/);
          assert.equal(await jobUid(), uid);
          assert.equal((await jobPods(home, "2.0.0")).length, 1);
        } finally {
          await letGo();
          await first;
        }
        succeeded(await first);
      });
      assertFlawless(tallies, releases);
    },
  },
  {
    name: "contract",
    promise: "a contract migration is left for later while instances of 1 live, and a later deploy.sh applies it",
    async run(home) {
      const releases = ["1.0.0", "3.0.0"];
      const tallies = await underLoad(home, releases, async () => {
        assert.match(await deployed(home, "3.0.0"), /deferred 0004_drop_price: instances older than 2\.0\.0/);
        assert.ok(await hasPrice(home));
        // An upgrade knows all live instances only 90 s after the first one.
        await waitLong("the contract migration", async () => {
          await deployed(home, "3.0.0");
          return !(await hasPrice(home));
        });
      });
      assertFlawless(tallies, releases);
    },
  },
  {
    name: "wait-for-drain",
    promise:
      "with --wait-for-drain the Job waits for the end of 1 and applies the contract migration, and no request fails",
    async run(home) {
      const releases = ["1.0.0", "3.0.0"];
      const waiting = { "args: [--upgrade]": "args: [--upgrade, --wait-for-drain, 5m]" };
      const tallies = await underLoad(home, releases, async () => {
        await applyAll(home, home.example.fillIn("3.0.0", waiting));
        await untilRolledOut(home);
        await untilJob(home, "3.0.0", "Complete");
      });
      assertFlawless(tallies, releases);
      assert.ok(!(await hasPrice(home)));
    },
  },
  {
    name: "restricted",
    promise: "PodSecurity's profile `restricted` accepts the example without a warning, and refuses other Pods",
    async run(home) {
      const tallies = await underLoad(home, ["1.0.0", "2.0.0"], async () => {
        assert.doesNotMatch(await deployed(home, "2.0.0"), /PodSecurity/);
      });
      assertFlawless(tallies, ["1.0.0", "2.0.0"]);
      const control = ["run", "control", `--image=${home.images.clients}`, "--restart=Never"];
      const { code, stderr } = await home.kubectl.attempt(control);
      assert.notEqual(
        code,
        0,
        "the cluster does not enforce pod-security.kubernetes.io/enforce (Kubernetes 1.25 does)",
      );
      assert.match(stderr, /violates PodSecurity/);
    },
  },
];
