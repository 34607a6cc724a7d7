import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { startWatched } from "../../harness/health.ts";
import { freePort } from "../../harness/postgres.ts";
import { readResources } from "../../harness/vitals.ts";
import { waitFor } from "../../harness/wait.ts";

/** Far above the usual garbage. A leak over a thousand looks is larger. */
const limitMb = 24;

test("a thousand failed looks leak neither memory nor sockets", async (t) => {
  // A server that accepts and sends nothing, and a missing one.
  const silent = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => silent.close());
  const ports = { silent: (silent.address() as AddressInfo).port, closed: await freePort() };
  const common = { intervalMs: 100, timeoutMs: 50 };
  const kinds = (port: number) => ({
    postgres: { kind: "server", url: `postgres://a:b@127.0.0.1:${port}/c`, requires: ">=1" },
    mysql: { kind: "server", url: `mysql://a:b@127.0.0.1:${port}/c`, requires: ">=1" },
    redis: { kind: "server", url: `redis://127.0.0.1:${port}`, requires: ">=1" },
    http: { kind: "http", url: `http://127.0.0.1:${port}/`, requires: ">=1" },
    https: { kind: "http", url: `https://127.0.0.1:${port}/`, requires: ">=1" },
    tcp: { kind: "tcp", address: `127.0.0.1:${port}` },
    command: { kind: "command", command: ["sh", "-c", "exit 1"], requires: ">=1" },
    file: { kind: "file", path: "/no/such/file", requires: ">=1" },
  });
  const dependencies = Object.fromEntries(
    Object.entries(ports).flatMap(([where, port]) =>
      Object.entries(kinds(port)).map(([kind, settings]) => [`${kind}-${where}`, { ...common, ...settings }]),
    ),
  );
  // A heap so small that garbage is collected. A leak would end the process.
  const environment = { NODE_OPTIONS: "--max-old-space-size=40" };
  using watched = startWatched({ settings: { app: { name: "shop" }, dependencies }, environment });
  const pid = await watched.pid();
  /** Waits until every dependency has had this number of looks. */
  const runFor = async (milliseconds: number) => {
    const from = Date.now();
    await waitFor(`${milliseconds} ms of looks`, async () => {
      const times = Object.values((await watched.health()).body.checks ?? {}).map(([check]) =>
        Date.parse(check?.time ?? ""),
      );
      return Math.min(...times) - from > milliseconds;
    });
  };
  await runFor(3000);
  const warm = readResources(pid);
  await runFor(8000);
  const later = readResources(pid);
  const grown = (later.privateKb - warm.privateKb) / 1024;
  t.diagnostic(
    `8 s of ${Object.keys(dependencies).length} dependencies every 100 ms: ${grown.toFixed(1)} MB more, descriptors ${warm.descriptors} → ${later.descriptors}`,
  );
  assert.ok(grown < limitMb, `${grown} MB more`);
  assert.ok(later.descriptors <= warm.descriptors + 16, `descriptors ${warm.descriptors} → ${later.descriptors}`);
});
