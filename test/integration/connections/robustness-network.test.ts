import assert from "node:assert/strict";
import { test } from "node:test";
import { createCluster, withoutCluster } from "../../harness/cluster.ts";
import { startWatched } from "../../harness/health.ts";
import { createNetwork, withoutNetwork } from "../../harness/network.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { createShop } from "../../harness/shop.ts";
import { readResources, startPulse } from "../../harness/vitals.ts";
import { waitFor } from "../../harness/wait.ts";

const [intervalMs, timeoutMs] = [1000, 1000];

test(
  "lost packets: health always answers, becomes unreachable in time, and recovers",
  { skip: withoutNetwork || withoutCluster },
  async (t) => {
    using network = createNetwork();
    const cluster = await createCluster({ listen_addresses: `127.0.0.1,${network.outside}` });
    t.after(() => cluster.remove());
    const url = cluster.urlAt(network.outside);
    await createShop(cluster.url).upgrade();
    const { settings } = createShop(url, { schema: { intervalMs, timeoutMs } });
    const reachable = { kind: "tcp", address: `${network.outside}:${cluster.port}`, intervalMs, timeoutMs };
    const listen = `unix:${scratchPath("health.sock")}`;
    using watched = startWatched({
      before: network.enter,
      settings: { ...settings, dependencies: { ...settings.dependencies, reachable }, health: { listen } },
    });
    await watched.untilVerdict("schema", "compatible");
    await watched.untilVerdict("reachable", "compatible");
    const pid = await watched.pid();
    const calm = readResources(pid);
    const pulse = startPulse(await watched.base());

    network.drop();
    const began = performance.now();
    const check = await watched.untilVerdict("schema", "unreachable");
    const seenMs = performance.now() - began;
    assert.equal(check.status, "warn");
    assert.match((await watched.untilVerdict("reachable", "unreachable")).output ?? "", /no answer in time/);
    // After many looks, nothing has grown.
    await waitFor(
      "five seconds of it",
      async () => Date.parse((await watched.check("schema")).time ?? "") - Date.parse(check.since) > 5000,
    );
    const during = readResources(pid);
    network.restore();
    const restored = performance.now();
    await watched.untilVerdict("schema", "compatible");
    await watched.untilVerdict("reachable", "compatible");
    const recoveredMs = performance.now() - restored;
    const { asked, p99Ms, maxMs } = pulse.take();
    await pulse.stop();
    t.diagnostic(
      `seen after ${seenMs.toFixed(0)} ms, recovered after ${recoveredMs.toFixed(0)} ms; ${asked} answers, p99 ${p99Ms.toFixed(1)} ms, longest ${maxMs.toFixed(1)} ms; sockets ${calm.sockets} → ${during.sockets}`,
    );
    assert.ok(during.sockets <= calm.sockets + 4, `sockets ${calm.sockets} → ${during.sockets}`);
  },
);

test("a listener whose server vanished silently is replaced", { skip: withoutNetwork || withoutCluster }, async (t) => {
  using network = createNetwork();
  const cluster = await createCluster({ listen_addresses: `127.0.0.1,${network.outside}` });
  t.after(() => cluster.remove());
  await createShop(cluster.url).upgrade();
  const newer = { version: "2.0.0", migrations: 3, schema: { intervalMs, timeoutMs } };
  const { settings } = createShop(cluster.urlAt(network.outside), newer);
  const listen = `unix:${scratchPath("health.sock")}`;
  using watched = startWatched({ before: network.enter, settings: { ...settings, health: { listen } } });
  await watched.untilVerdict("schema", "behind");
  const listening = () =>
    cluster.query("SELECT pid FROM pg_stat_activity WHERE starts_with(application_name, 'seaworthy:')");
  await waitFor("the listener", async () => (await listening()).length === 1);
  // The restart happens while the network is cut: neither FIN nor RST reaches the container.
  network.drop();
  await watched.untilVerdict("schema", "unreachable");
  await cluster.kill();
  await cluster.start();
  network.restore();
  await watched.untilVerdict("schema", "behind");
  await waitFor("a new listener", async () => (await listening()).length === 1);
});
