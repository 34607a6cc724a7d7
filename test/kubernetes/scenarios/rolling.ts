import { assertFlawless, underLoad } from "../load.ts";
import { deployed, undo, untilRolledOut } from "../deploying.ts";
import type { Scenario } from "../scenario.ts";

/** Roll-outs in which nothing goes wrong. */
export const rolling: readonly Scenario[] = [
  {
    name: "strict",
    promise: "deploy.sh upgrades from 1 to 2, and no request fails",
    async run(home) {
      const releases = ["1.0.0", "2.0.0"];
      assertFlawless(await underLoad(home, releases, async () => void (await deployed(home, "2.0.0"))), releases);
      assertFlawless(await underLoad(home, ["2.0.0"], async () => {}), ["2.0.0"]);
    },
  },
  {
    name: "undo",
    promise: "1 is rolled out again on the schema of 2, and no request fails",
    async run(home) {
      await deployed(home, "2.0.0");
      const releases = ["1.0.0", "2.0.0"];
      assertFlawless(await underLoad(home, releases, () => undo(home)), releases);
      assertFlawless(await underLoad(home, ["1.0.0"], async () => {}), ["1.0.0"]);
    },
  },
  {
    name: "two-steps",
    promise: "from 1 to 2 to 3, and no request fails",
    async run(home) {
      for (const [from, to] of [
        ["1.0.0", "2.0.0"],
        ["2.0.0", "3.0.0"],
      ] as const) {
        assertFlawless(await underLoad(home, [from, to], async () => void (await deployed(home, to))), [from, to]);
      }
    },
  },
  {
    name: "restarts",
    promise: "the Deployment restarts three times, and no request fails",
    async run(home) {
      const tallies = await underLoad(home, ["1.0.0"], async () => {
        for (let restart = 0; restart < 3; restart++) {
          await home.kubectl.run(["rollout", "restart", "deployment/shop"]);
          await untilRolledOut(home);
        }
      });
      assertFlawless(tallies, ["1.0.0"]);
    },
  },
];
