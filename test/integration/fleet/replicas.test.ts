import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { createCluster, withoutCluster, type Cluster } from "../../harness/cluster.ts";
import { startWatched, type Watched } from "../../harness/health.ts";
import { createShop } from "../../harness/shop.ts";
import { waitLong } from "../../harness/engine/patience.ts";

const replicas = 120;

describe(`${replicas} replicas on a Postgres with its default of 100 connections`, { skip: withoutCluster }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await createCluster({ max_connections: 100 });
  });
  after(() => cluster?.remove());

  /** Connects again and again, as the app does. Returns a function that stops it and returns what happened. */
  function startApp() {
    const refused: string[] = [];
    let connected = 0;
    const stop = new AbortController();
    const run = async () => {
      while (!stop.signal.aborted) {
        const client = new Client({ connectionString: cluster.url });
        client.on("error", () => {});
        try {
          await client.connect();
          connected++;
        } catch (error) {
          refused.push(String(error));
        }
        await client.end().catch(() => {});
        await sleep(20);
      }
    };
    const running = run();
    return async () => {
      stop.abort();
      await running;
      return { connected, refused };
    };
  }

  test("all become healthy after an upgrade, and the app can connect at every moment", async (t) => {
    const shop = createShop(cluster.url);
    await shop.upgrade();
    const newer = shop.newer("2.0.0", 2);
    const stopApp = startApp();
    t.after(stopApp);
    using stack = new DisposableStack();
    const fleet: Watched[] = [];
    // Their logs say it. Asking each for its health all the time would take the processor from them.
    const areAll = (verdict: string) => fleet.every((one) => one.stderr().includes(`→ ${verdict}`));
    // Ten at a time: other tests need the processor too.
    while (fleet.length < replicas) {
      for (let one = 0; one < 10; one++) fleet.push(stack.use(startWatched({ settings: newer.settings })));
      await waitLong("all to be behind", () => areAll("behind"));
    }
    await newer.upgrade();
    await waitLong("all to be compatible", () => areAll("compatible"));
    const { connected, refused } = await stopApp();
    t.diagnostic(`the app connected ${connected} times`);
    assert.deepEqual(refused, []);
    assert.ok(connected > 0);
    // Nobody keeps a connection open.
    await waitLong("no standing connection", async () => {
      const names = "SELECT FROM pg_stat_activity WHERE starts_with(application_name, 'seaworthy:')";
      return (await cluster.query(names)).length === 0;
    });
    await waitLong("all to be recorded as alive", async () => {
      const rows = await cluster.query("SELECT FROM seaworthy.instances WHERE version = '2.0.0'");
      return rows.length === replicas;
    });
  });
});
