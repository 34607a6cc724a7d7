import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "pg";
import { createCluster, withoutCluster, type Cluster } from "../../harness/cluster.ts";
import { startWatched, type Watched } from "../../harness/health.ts";
import { createShop, type Shop } from "../../harness/shop.ts";
import { waitFor } from "../../harness/wait.ts";

describe("the connections of a fleet", { skip: withoutCluster, concurrency: 1 }, () => {
  let cluster: Cluster;
  let shop: Shop;
  before(async () => {
    cluster = await createCluster({ max_connections: 35 });
    shop = createShop(cluster.url);
    await shop.upgrade();
  });
  after(() => cluster?.remove());

  const standing = async () =>
    (await cluster.query("SELECT FROM pg_stat_activity WHERE starts_with(application_name, 'seaworthy:')")).length;

  function startFleet(size: number, settings: object): DisposableStack & { readonly all: readonly Watched[] } {
    const stack = new DisposableStack();
    const all = Array.from({ length: size }, () => stack.use(startWatched({ settings })));
    return Object.assign(stack, { all });
  }

  for (const [what, health, most] of [
    ["a tenth of what the server allows", {}, 3],
    ["the configured share", { connectionPercent: 6 }, 2],
    ["none, with a share of 0", { connectionPercent: 0 }, 0],
  ] as const)
    test(`while an upgrade is awaited: ${what}; all instances see its end`, async () => {
      const newer = shop.newer(`2.0.${most}`, shop.migrations + 1);
      const settings = { ...newer.settings, health: { listen: "127.0.0.1:0", ...health } };
      using fleet = startFleet(8, settings);
      await Promise.all(fleet.all.map((one) => one.untilVerdict("schema", "behind")));
      await waitFor(`${most} that listen`, async () => (await standing()) === most);
      // Each instance looks some times more, and no more of them listen.
      const times = await Promise.all(fleet.all.map(async (one) => (await one.check("schema")).time));
      await Promise.all(
        fleet.all.map((one, index) =>
          waitFor("three looks", async () => {
            assert.ok((await standing()) <= most);
            return Date.parse((await one.check("schema")).time ?? "") - Date.parse(times[index] ?? "") > 1500;
          }),
        ),
      );
      await newer.upgrade();
      await Promise.all(fleet.all.map((one) => one.untilVerdict("schema", "compatible")));
      await waitFor("no standing connection", async () => (await standing()) === 0);
      shop = newer;
    });

  test("a server without a free connection does not fail a compatible instance, even if `unreachable` would", async () => {
    const strict = { whenUnreachable: "fail", intervalMs: 1000 };
    const { settings } = createShop(cluster.url, { version: "3.0.0", migrations: shop.migrations, schema: strict });
    using watched = startWatched({ settings });
    await watched.untilVerdict("schema", "compatible");
    const clients: Client[] = [];
    try {
      for (;;) {
        const client = new Client({ connectionString: cluster.url });
        client.on("error", () => {});
        try {
          await client.connect();
        } catch {
          break;
        }
        clients.push(client);
      }
      const check = await watched.untilVerdict("schema", "unreachable");
      assert.equal(check.status, "warn");
      assert.equal((await watched.health()).status, 200);
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
    await watched.untilVerdict("schema", "compatible");
    // Control: a server that has gone fails it.
    await cluster.shutDown();
    assert.equal((await watched.untilVerdict("schema", "unreachable")).status, "fail");
    await cluster.start();
  });
});
