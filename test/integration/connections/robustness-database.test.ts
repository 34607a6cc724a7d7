import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import { Client } from "pg";
import { appPassword, createCluster, withoutCluster, type Cluster } from "../../harness/cluster.ts";
import { startWatched, type Watched } from "../../harness/health.ts";
import { createShop, type Shop } from "../../harness/shop.ts";
import { readResources, startPulse } from "../../harness/vitals.ts";
import { waitFor } from "../../harness/wait.ts";

/** One interval plus the timeout: the longest time with a wrong verdict. */
const intervalMs = 1000;
const timeoutMs = 1000;

let cluster: Cluster;
let shop: Shop;

/** A failure of a database that a container watches. */
interface Trouble {
  /** Causes the failure. */
  readonly begin: () => Promise<unknown>;
  readonly verdict: string;
  readonly reason?: RegExp;
  readonly end: () => Promise<unknown>;
}

/** The container must answer all the time, show the failure in time, and recover afterwards. */
async function survive(t: TestContext, watched: Watched, { begin, verdict, reason, end }: Trouble): Promise<void> {
  const base = await watched.base();
  await watched.untilVerdict("schema", "compatible");
  const pid = await watched.pid();
  const calm = readResources(pid);
  const pulse = startPulse(base);
  const began = performance.now();
  await begin();
  const begun = performance.now();
  const check = await watched.untilVerdict("schema", verdict);
  const seenMs = Math.round(performance.now() - begun);
  if (reason !== undefined) assert.match(check.output ?? "", reason);
  if (verdict === "unreachable") {
    const { status, body } = await watched.health();
    assert.equal(status, 200, "a short outage must not end every container");
    assert.equal(body.status, "warn");
  }
  await end();
  const ended = performance.now();
  await watched.untilVerdict("schema", "compatible");
  const recoveredMs = Math.round(performance.now() - ended);
  const { asked, p99Ms, maxMs } = pulse.take();
  await pulse.stop();
  const { sockets, privateKb } = readResources(pid);
  const grown = Math.round((privateKb - calm.privateKb) / 1024);
  t.diagnostic(
    `seen after ${seenMs} ms (begun in ${Math.round(begun - began)}), recovered after ${recoveredMs} ms; ${asked} answers, p99 ${p99Ms.toFixed(1)} ms, longest ${maxMs.toFixed(1)} ms; sockets ${calm.sockets} → ${sockets}, memory ${grown} MB more`,
  );
  await waitFor("no more sockets than before", () => readResources(pid).sockets <= Math.max(calm.sockets, 3));
}

const watch = (more: object = {}, url = cluster.url) => {
  const { settings } = createShop(url, { schema: { intervalMs, timeoutMs, ...more } });
  return startWatched({ settings });
};

describe("a database in trouble", { skip: withoutCluster, concurrency: 1 }, () => {
  before(async () => {
    cluster = await createCluster();
    shop = createShop(cluster.url);
    await shop.upgrade();
  });
  after(() => cluster?.remove());

  test("stopped, and started again", async (t) => {
    using watched = watch();
    await survive(t, watched, {
      begin: () => cluster.shutDown(),
      verdict: "unreachable",
      reason: /connection refused|terminating connection|shutting down/,
      end: () => cluster.start(),
    });
  });

  test("killed with -9, with all its processes", async (t) => {
    using watched = watch();
    await survive(t, watched, { begin: () => cluster.kill(), verdict: "unreachable", end: () => cluster.start() });
  });

  test("frozen: it accepts connections and sends nothing", async (t) => {
    using watched = watch();
    await survive(t, watched, {
      begin: async () => cluster.signal("SIGSTOP"),
      verdict: "unreachable",
      reason: /timeout|in time|did not answer/i,
      end: async () => cluster.signal("SIGCONT"),
    });
  });

  test("at max_connections", async (t) => {
    using watched = watch();
    const clients: Client[] = [];
    const occupy = async () => {
      for (;;) {
        const client = new Client({ connectionString: cluster.url });
        client.on("error", () => {});
        try {
          await client.connect();
        } catch {
          return;
        }
        clients.push(client);
      }
    };
    await survive(t, watched, {
      begin: occupy,
      verdict: "unreachable",
      reason: /connection slots|too many clients/,
      end: () => Promise.all(clients.map((client) => client.end())),
    });
  });

  test("refusing the password", async (t) => {
    using watched = watch();
    await survive(t, watched, {
      begin: () => cluster.query("ALTER ROLE shop PASSWORD 'another'"),
      verdict: "unreachable",
      reason: /password authentication failed/,
      end: () => cluster.query(`ALTER ROLE shop PASSWORD '${appPassword}'`),
    });
    assert.doesNotMatch(watched.stderr() + (await watched.ask("/")).text, new RegExp(appPassword));
  });

  test("refusing all connections, and dropped", async (t) => {
    using watched = watch();
    await survive(t, watched, {
      begin: () => cluster.query("ALTER ROLE shop NOLOGIN"),
      verdict: "unreachable",
      reason: /not permitted to log in/,
      end: () => cluster.query("ALTER ROLE shop LOGIN"),
    });
  });

  test("read-only: it stays compatible, and behind is also detected", async () => {
    await cluster.query("ALTER DATABASE shop SET default_transaction_read_only = on");
    try {
      using watched = watch();
      await watched.untilVerdict("schema", "compatible");
      using newer = startWatched({ settings: shop.newer("2.0.0", 2).settings });
      await newer.untilVerdict("schema", "behind");
    } finally {
      await cluster.query("BEGIN READ WRITE; ALTER DATABASE shop SET default_transaction_read_only = off; COMMIT");
    }
  });

  test("the listener reconnects after a restart", async () => {
    using watched = startWatched({ settings: shop.newer("2.0.0", 2).settings });
    await watched.untilVerdict("schema", "behind");
    const listeners = async () =>
      (await cluster.query("SELECT FROM pg_stat_activity WHERE starts_with(application_name, 'seaworthy:')")).length;
    await waitFor("the listener", async () => (await listeners()) === 1);
    await cluster.shutDown();
    await watched.untilVerdict("schema", "unreachable");
    await cluster.start();
    await watched.untilVerdict("schema", "behind");
    await waitFor("the listener", async () => (await listeners()) === 1);
  });

  test("a standby is checked by polling, and with LISTEN after its promotion", async () => {
    const standby = await cluster.createStandby();
    try {
      const newer = createShop(standby.url, { version: "2.0.0", migrations: 2, schema: { intervalMs, timeoutMs } });
      using watched = startWatched({ settings: newer.settings });
      await watched.untilVerdict("schema", "behind");
      await watched.until("the fallback message", () => /does not let us listen .*recovery/.test(watched.stderr()));
      await standby.query("SELECT pg_promote()");
      await watched.until("it listens", () => watched.stderr().includes("listening for the end of an upgrade again"));
      const onStandby = createShop(standby.url, { version: "2.0.0", migrations: 2 });
      await onStandby.upgrade();
      await watched.untilVerdict("schema", "compatible");
    } finally {
      await standby.remove();
    }
  });

  test("a migration on the primary is seen on the standby", async () => {
    const standby = await cluster.createStandby();
    try {
      const newer = createShop(standby.url, { version: "3.0.0", migrations: 3, schema: { intervalMs, timeoutMs } });
      using watched = startWatched({ settings: newer.settings });
      await watched.untilVerdict("schema", "behind");
      await createShop(cluster.url, { version: "3.0.0", migrations: 3 }).upgrade();
      await watched.untilVerdict("schema", "compatible");
    } finally {
      await standby.remove();
    }
  });
});
