import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { appPassword, createCluster, withoutCluster, type Cluster } from "../../harness/cluster.ts";
import { startWatched } from "../../harness/health.ts";
import { lookAt } from "../../harness/look.ts";
import { lacking, programs, startPgBouncer, type Service } from "../../harness/services.ts";
import { createShop } from "../../harness/shop.ts";
import { waitFor } from "../../harness/wait.ts";

const skip = lacking(programs.pgbouncer) || withoutCluster;

describe("behind PgBouncer in transaction mode", { skip }, () => {
  let cluster: Cluster;
  let pooler: Service;
  let pooled = "";
  before(async () => {
    cluster = await createCluster();
    pooler = await startPgBouncer({ host: "127.0.0.1", port: cluster.port, user: "shop", password: appPassword });
    pooled = cluster.urlAt("127.0.0.1", pooler.port);
  });
  after(async () => {
    await pooler?.stop();
    await cluster?.remove();
  });

  test("every kind looks through it, and the listener falls back to polling with a message", async () => {
    await createShop(pooled).upgrade();
    const newer = createShop(pooled, { version: "2.0.0", migrations: 3 });
    const dependencies = {
      ...newer.settings.dependencies,
      release: { kind: "release", url: pooled, requires: ">=2" },
      server: { kind: "server", url: pooled, requires: ">=14" },
    };
    using watched = startWatched({ settings: { ...newer.settings, dependencies } });
    await watched.untilVerdict("schema", "behind");
    await watched.untilVerdict("release", "behind");
    await watched.untilVerdict("server", "compatible");
    await watched.until("the fallback", () =>
      /through a transaction pooler: this instance notices the end of an upgrade by polling/.test(watched.stderr()),
    );
    await newer.upgrade();
    await watched.untilVerdict("schema", "compatible");
    await watched.untilVerdict("release", "compatible");
    const said = watched.stderr().match(/transaction pooler/g)?.length;
    assert.equal(said, 1, "once");
  });

  test("a look does not change the sessions that other clients use", async () => {
    const settings = async () =>
      cluster.query(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE 'LISTEN %' OR state LIKE 'idle in%'",
      );
    using watched = startWatched({ settings: createShop(pooled, { schema: { intervalMs: 100 } }).settings });
    await watched.untilVerdict("schema", "compatible");
    await waitFor("no transaction that is left open", async () => (await settings())[0]?.["n"] === 0);
  });

  test("failures of the pooler: paused, stopped, an unknown database", async () => {
    const nowhere = pooled.replace(/\/shop$/, "/nowhere");
    const { looks } = await lookAt({ nowhere: { kind: "server", url: nowhere, requires: ">=14" } });
    assert.equal(looks["nowhere"]?.verdict, "unreachable");
    const { settings } = createShop(pooled, { schema: { intervalMs: 500, timeoutMs: 500 } });
    using watched = startWatched({ settings });
    await watched.untilVerdict("schema", "compatible");
    process.kill(pooler.pid, "SIGSTOP");
    assert.equal((await watched.untilVerdict("schema", "unreachable")).status, "warn");
    process.kill(pooler.pid, "SIGCONT");
    await watched.untilVerdict("schema", "compatible");
    await cluster.shutDown();
    await watched.untilVerdict("schema", "unreachable");
    await cluster.start();
    await watched.untilVerdict("schema", "compatible");
  });
});
