import assert from "node:assert/strict";
import { after, before, suite, test, type TestContext } from "node:test";
import { docker, withoutEngine, type DockerEnd } from "../harness/engine/docker.ts";
import { openEngine, type Engine } from "../harness/engine/engine.ts";
import { waitLong } from "../harness/engine/patience.ts";
import { enterSwarm } from "../harness/engine/swarm.ts";
import { sendCustomers } from "./customers.ts";
import { assertFlawless, deployUnderLoad, untilServes } from "./deploying.ts";
import { addBelievingEdge } from "./edge.ts";
import { buildNaive, buildNginx, buildShop, type Release, type ShopImages } from "./shop.ts";
import { upgradeHalfWay } from "./half-way.ts";
import { createStack, type Stack } from "./stack.ts";

suite("rolling deploys on Docker Swarm, following the example's README", { skip: withoutEngine }, () => {
  const opened = new AsyncDisposableStack();
  let engine: Engine;
  let shop: ShopImages;
  let nginx: string;
  let stack: Stack;
  /** The removal of one stack runs while the next one starts. */
  let removal: Promise<void> | undefined;

  before(async () => {
    engine = opened.adopt(await openEngine(), ({ end }) => end());
    shop = await buildShop(engine, ["1.0.0", "2.0.0", "3.0.0", "4.0.0"]);
    nginx = await buildNginx(engine);
    opened.defer(await enterSwarm());
    opened.defer(async () => removal);
  });
  after(() => opened.disposeAsync());

  async function startStack(): Promise<Stack> {
    const made = await createStack(shop, nginx);
    // Skip the README's first command, which creates a secret: this stack has its own.
    succeed(await made.follow("Start", [1]));
    await untilServes(made, shop.release("1.0.0"));
    return made;
  }

  /** Deploys the next release as the README says. */
  async function deploy(context: TestContext, from: Release, to: Release, commands: () => Promise<DockerEnd>) {
    const tally = await deployUnderLoad(context, stack, {
      releases: [from, to],
      image: shop.release(to),
      deploy: async () => succeed(await commands()),
    });
    assertFlawless(tally, [from, to].toSorted());
  }

  suite("with the migration in the app's start-up (the control)", () => {
    before(async () => void (stack = await startStack()));
    after(() => {
      removal = stack.remove();
      // The code that awaits it reports the error.
      removal.catch(() => {});
    });

    test("requests fail", async (context) => {
      const naive = await buildNaive(engine, shop);
      const tally = await deployUnderLoad(context, stack, {
        releases: ["1.0.0", "2.0.0"],
        image: naive,
        deploy: async () => succeed(await stack.run(`./roll-out.sh ${naive}`)),
      });
      assert.ok(tally.failed.some((failure) => /column .+price.+ does not exist/.test(failure)));
    });
  });

  suite("with --upgrade", () => {
    before(async () => void (stack = await startStack()));
    after(() => stack.remove());

    test("an upgrade that is killed half-way is not complete, and 1 keeps serving", async (context) => {
      const tally = await deployUnderLoad(context, stack, {
        releases: ["1.0.0"],
        image: shop.release("1.0.0"),
        async deploy() {
          for (const signal of ["TERM", "KILL"] as const) {
            await using halfWay = await upgradeHalfWay(stack, () => stack.run("./upgrade.sh shop:2.0.0"));
            await halfWay.job.send(signal);
            assert.equal((await halfWay.ended).code, signal === "TERM" ? 143 : 137);
            assert.equal(await completed(), "0/1 completed");
            assert.equal(await applied(), "0001_create_products 0002_add_cents");
          }
        },
      });
      assertFlawless(tally, ["1.0.0"]);
    });

    test("1 to 2, lenient, with an expand migration: the upgrade's retry completes", async (context) => {
      await deploy(context, "1.0.0", "2.0.0", async () => {
        await using halfWay = await upgradeHalfWay(stack, () => stack.follow("Deploy, lenient"));
        // Run the probe directly: Swarm does not show a task's health, and would kill an unhealthy job.
        assert.equal((await halfWay.job.exec(...probe)).code, 0);
        const starting = () => stack.containers("app", shop.release("2.0.0"));
        await waitLong(
          "a task of 2 to start",
          async () => (await starting()).length > 0,
          async () => {
            await halfWay.letGo();
            const { stdout, stderr } = await halfWay.ended;
            return `${stdout}${stderr}`;
          },
        );
        for (const container of await starting()) assert.equal((await container.exec(...probe)).code, 1);
        await halfWay.letGo();
        return halfWay.ended;
      });
      assert.equal(await completed(), "1/1 completed");
      assert.equal(await applied(), "0001_create_products 0002_add_cents 0003_fill_cents");
    });

    test("rollback to 1, on the newer database", async (context) => {
      await deploy(context, "2.0.0", "1.0.0", () => stack.follow("Roll back"));
    });

    test("killed tasks of 1 restart and are healthy, on the newer database", async () => {
      const killed = await stack.containers("app");
      await Promise.all(killed.map((container) => container.send("KILL")));
      await Promise.all(killed.map((container) => container.ended()));
      await untilServes(stack, shop.release("1.0.0"));
    });

    test("1 to 2, strict", async (context) => {
      await deploy(context, "1.0.0", "2.0.0", () => stack.follow("Deploy, strict"));
    });

    test("2 to 3, strict, with a contract migration; a client that caches old addresses sees failures", async (context) => {
      // The tasks of 1 that were killed count as alive for 90 s.
      await stack.query("DELETE FROM seaworthy.instances WHERE version = '1.0.0'");
      const believing = sendCustomers(await addBelievingEdge(stack, nginx), {
        releases: ["2.0.0", "3.0.0"],
        shoppers: 0,
      });
      try {
        await deploy(context, "2.0.0", "3.0.0", () => stack.run(strictly("3.0.0")));
      } finally {
        await believing.stop();
      }
      assert.equal(
        await stack.query("SELECT count(*) FROM information_schema.columns WHERE column_name = 'price'"),
        "0",
      );
      assert.notDeepEqual(believing.tally().failed, []);
    });

    test("4, which never becomes healthy, is rolled back", async (context) => {
      const tally = await deployUnderLoad(context, stack, {
        releases: ["3.0.0"],
        image: shop.release("3.0.0"),
        async deploy() {
          const upgrade = await stack.follow("A failed upgrade");
          assert.equal(upgrade.code, 1);
          assert.match(upgrade.stdout + upgrade.stderr, /cannot apply migration 0005_unique_names/);
          // The stack's own start period is half an hour, too long for this test.
          const rolledOut = await stack.run("./roll-out.sh shop:4.0.0 --health-start-period 2s");
          assert.equal(rolledOut.code, 1);
          assert.match(rolledOut.stderr, /shop-4\.0\.0 was not rolled out: rollback_completed/);
        },
      });
      assertFlawless(tally, ["3.0.0"]);
      const tasks = await stack.tasks("app");
      const failed = tasks.filter((line) => line.includes(shop.release("4.0.0")));
      assert.match(failed.join("\n"), /Shutdown Failed .* \(143\).*unhealthy container/);
    });
  });

  /** Swarm's state of the job. */
  async function completed(): Promise<string | undefined> {
    const listed = await docker(["service", "ls", "--format={{.Replicas}}", `--filter=name=${stack.name}_upgrade`]);
    return /\((.*)\)/.exec(listed)?.[1];
  }

  const applied = () =>
    stack.query("SELECT string_agg(name, ' ' ORDER BY name) FROM seaworthy.migrations WHERE applied_at IS NOT NULL");
});

const strictly = (release: Release) => `./upgrade.sh shop:${release} && ./roll-out.sh shop:${release}`;

const probe = ["/opt/seaworthy/seaworthy", "--health"];

function succeed({ code, stdout, stderr }: DockerEnd): void {
  assert.equal(code, 0, `${stdout}${stderr}`);
}
