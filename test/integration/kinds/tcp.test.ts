import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { startWatched } from "../../harness/health.ts";
import { assertLooks } from "../../harness/look.ts";
import { freePort } from "../../harness/postgres.ts";

let server: Server;
let port = 0;
const open = new Set<Socket>();

before(async () => {
  server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {}).once("close", () => open.delete(socket));
  }).listen(0, "::");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});
after(() => server.close());

test("a server accepts connections, or not", async () => {
  const closed = await freePort();
  const tcp = (address: string, more: object = {}) => ({ kind: "tcp", address, ...more });
  await assertLooks({
    there: { settings: tcp(`127.0.0.1:${port}`), expected: { verdict: "compatible" } },
    name: { settings: tcp(`localhost:${port}`), expected: { verdict: "compatible" } },
    six: { settings: tcp(`[::1]:${port}`), expected: { verdict: "compatible" } },
    refused: { settings: tcp(`127.0.0.1:${closed}`), expected: { verdict: "unreachable", reason: /ECONNREFUSED/ } },
    "no-name": { settings: tcp("name.invalid:80"), expected: { verdict: "unreachable" } },
  });
  assert.equal(open.size, 0, "no connection stays open");
});

test("critical: false can only warn; whenUnreachable decides how a lost connection counts", async () => {
  const other = createServer((socket) => socket.on("error", () => {}).destroy()).listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  const closed = `127.0.0.1:${await freePort()}`;
  const tcp = (at: string, more: object = {}) => ({ kind: "tcp", address: at, intervalMs: 100, ...more });
  const dependencies = {
    never: tcp(closed),
    optional: tcp(closed, { critical: false }),
    "optional-strict": tcp(closed, { critical: false, whenUnreachable: "fail" }),
    lost: tcp(address),
    "lost-strict": tcp(address, { whenUnreachable: "fail" }),
  };
  using app = startWatched({ settings: { app: { name: "shop" }, dependencies } });
  await app.untilVerdict("lost", "compatible");
  await app.untilVerdict("lost-strict", "compatible");
  await app.untilVerdict("never", "unreachable");
  other.close();
  await app.untilVerdict("lost", "unreachable");
  await app.untilVerdict("lost-strict", "unreachable");
  const statuses = async () => {
    const names = Object.keys(dependencies);
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, (await app.health(`/health/${name}`)).status])),
    );
  };
  assert.deepEqual(await statuses(), {
    never: 503,
    optional: 200,
    "optional-strict": 200,
    lost: 200,
    "lost-strict": 503,
  });
  assert.equal((await app.health()).status, 503);
});

test("with only warnings the container is healthy, and reports them", async () => {
  const closed = `127.0.0.1:${await freePort()}`;
  const dependencies = { cache: { kind: "tcp", address: closed, critical: false } };
  using app = startWatched({ settings: { app: { name: "shop" }, dependencies } });
  await app.untilVerdict("cache", "unreachable");
  const { status, body } = await app.health();
  assert.equal(status, 200);
  assert.equal(body.status, "warn");
  assert.match(body.output ?? "", /^cache is unreachable: cannot reach 127\.0\.0\.1/);
});
