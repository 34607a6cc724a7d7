import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { createAuthority } from "../../harness/certificates.ts";
import { createDatabase, type TestDatabase } from "../../harness/database.ts";
import { startWatched } from "../../harness/health.ts";
import { assertLooks } from "../../harness/look.ts";
import { freePort } from "../../harness/postgres.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { lacking, programs, startRedis, type Service } from "../../harness/services.ts";
import { lacksMariadb, startMariadb } from "../../harness/mariadb.ts";

const server = (url: string, requires: string, more: object = {}) => ({ kind: "server", url, requires, ...more });
const refused = { verdict: "unreachable", reason: /connection refused|ECONNREFUSED/ };

test("postgres", async (t) => {
  const database: TestDatabase = await createDatabase();
  t.after(() => database.drop());
  const closed = await freePort();
  const { stdout } = await assertLooks({
    compatible: { settings: server(database.url, ">=14"), expected: { verdict: "compatible" } },
    behind: {
      settings: server(database.url, ">=99"),
      expected: { verdict: "behind", reason: /Upgrade the server first/ },
    },
    outgrown: { settings: server(database.url, ">=14 <18"), expected: { verdict: "outgrown" } },
    range: { settings: server(database.url, "^18.0"), expected: { verdict: "compatible" } },
    password: {
      settings: server(database.urlWith({ password: "wr0ng-password" }), ">=14"),
      expected: { verdict: "unreachable", reason: /password authentication failed/ },
    },
    database: {
      settings: server(database.urlWith({ database: "nowhere" }), ">=14"),
      expected: { verdict: "unreachable", reason: /"nowhere" does not exist/ },
    },
    refused: { settings: server(`postgres://a:b@127.0.0.1:${closed}/c`, ">=14"), expected: refused },
  });
  assert.doesNotMatch(stdout, /wr0ng-password/);
});

test("mysql and mariadb", { skip: lacksMariadb() ?? false }, async (t) => {
  const mariadb = await startMariadb();
  t.after(() => mariadb.stop());
  const closed = await freePort();
  const { looks, stdout } = await assertLooks({
    mysql: { settings: server(mariadb.url, ">=10.5 <13"), expected: { verdict: "compatible" } },
    mariadb: {
      settings: server(mariadb.url.replace("mysql:", "mariadb:"), ">=10.5"),
      expected: { verdict: "compatible" },
    },
    exact: { settings: server(mariadb.url, "^10.11.1 || >=11"), expected: { verdict: "compatible" } },
    behind: { settings: server(mariadb.url, ">=99"), expected: { verdict: "behind" } },
    password: {
      settings: server(mariadb.urlWith("nobody", "wr0ng-password"), ">=10"),
      expected: { verdict: "unreachable", reason: /Access denied/ },
    },
    database: {
      settings: server(mariadb.url.replace(/shop$/, "nowhere"), ">=10"),
      expected: { verdict: "unreachable", reason: /Unknown database/ },
    },
    refused: { settings: server(`mysql://a:b@127.0.0.1:${closed}/c`, ">=10"), expected: refused },
  });
  // `found` is the full text of Debian's package. Only the version in it is compared.
  assert.match(looks["mysql"]?.found ?? "", /^1\d\.\d+\.\d+-MariaDB/);
  assert.doesNotMatch(stdout, /wr0ng-password/);
});

test("redis and valkey", { skip: lacking(programs.redis) }, async (t) => {
  const authority = createAuthority("redis");
  const [cert, key] = [scratchPath("redis.pem"), scratchPath("redis.key")];
  writeFileSync(cert, authority.server.cert);
  writeFileSync(key, authority.server.key);
  const tls = await freePort();
  const start = async (settings: Parameters<typeof startRedis>[0]): Promise<Service> => {
    const redis = await startRedis(settings);
    t.after(() => redis.stop());
    return redis;
  };
  const open = await start({});
  const guarded = await start({ requirepass: "red1s-password" });
  await start({
    "tls-port": tls,
    "tls-cert-file": cert,
    "tls-key-file": key,
    "tls-ca-cert-file": cert,
    "tls-auth-clients": "no",
  });
  const at = (user: string, port = guarded.port, scheme = "redis") => `${scheme}://${user}127.0.0.1:${port}`;
  const { stdout } = await assertLooks({
    open: { settings: server(at("", open.port), ">=6"), expected: { verdict: "compatible" } },
    valkey: { settings: server(at("", open.port, "valkey"), ">=6"), expected: { verdict: "compatible" } },
    behind: { settings: server(at("", open.port), ">=99"), expected: { verdict: "behind" } },
    outgrown: { settings: server(at("", open.port), "<2"), expected: { verdict: "outgrown" } },
    password: { settings: server(at(":red1s-password@"), ">=6"), expected: { verdict: "compatible" } },
    user: { settings: server(at("default:red1s-password@"), ">=6"), expected: { verdict: "compatible" } },
    "no-password": { settings: server(at(""), ">=6"), expected: { verdict: "unreachable", reason: /NOAUTH/ } },
    "wrong-password": {
      settings: server(at(":wr0ng-password@"), ">=6"),
      expected: { verdict: "unreachable", reason: /WRONGPASS/ },
    },
    refused: { settings: server(at("", await freePort()), ">=6"), expected: refused },
    // An authority that is not trusted.
    tls: {
      settings: server(at("", tls, "rediss"), ">=6"),
      expected: { verdict: "unreachable", reason: /certificate/ },
    },
    "tls-own": {
      settings: server(`${at("", tls, "rediss")}?ssl_ca_certs=${authority.file}`, ">=6"),
      expected: { verdict: "compatible" },
    },
    "tls-unverified": {
      settings: server(`${at("", tls, "valkeys")}/0?ssl_cert_reqs=none`, ">=6"),
      expected: { verdict: "compatible" },
    },
    // The certificate is for 127.0.0.1.
    "tls-other-name": {
      settings: server(`rediss://localhost:${tls}?ssl_ca_certs=${authority.file}`, ">=6"),
      expected: { verdict: "unreachable", reason: /altnames/ },
    },
    "tls-any-name": {
      settings: server(`rediss://localhost:${tls}?ssl_ca_certs=${authority.file}&ssl_check_hostname=false`, ">=6"),
      expected: { verdict: "compatible" },
    },
  });
  assert.doesNotMatch(stdout, /red1s-password|wr0ng-password/);
});

test("a server of another kind, or one that sends nothing", async (t) => {
  const silent = createServer((socket) => socket.on("error", () => {}));
  const chatty = createServer((socket) => void socket.on("error", () => {}).write("x".repeat(100_000)));
  const web = createServer((socket) =>
    socket.on("error", () => {}).once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
  );
  const ports: number[] = [];
  for (const one of [silent, chatty, web]) {
    one.listen(0, "127.0.0.1");
    await once(one, "listening");
    ports.push((one.address() as AddressInfo).port);
    t.after(() => one.close());
  }
  const schemes = { postgres: "postgres://a:b@", mysql: "mysql://a:b@", redis: "redis://" };
  const names = ["silent", "chatty", "web"];
  const rows = Object.entries(schemes).flatMap(([scheme, prefix]) =>
    ports.map(
      (port, index) =>
        [
          `${scheme}-${names[index]}`,
          {
            settings: server(`${prefix}127.0.0.1:${port}/c`, ">=1", { timeoutMs: 400 }),
            expected: { verdict: "unreachable" },
          },
        ] as const,
    ),
  );
  await assertLooks(Object.fromEntries(rows));
});

test("a cache that freezes is a warning, and recovers by itself", { skip: lacking(programs.redis) }, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const cache = server(`redis://127.0.0.1:${redis.port}`, ">=6", { intervalMs: 100, timeoutMs: 300 });
  using app = startWatched({ settings: { app: { name: "shop" }, dependencies: { cache } } });
  await app.untilVerdict("cache", "compatible");
  process.kill(redis.pid, "SIGSTOP");
  const { status, output } = await app.untilVerdict("cache", "unreachable");
  assert.equal(status, "warn");
  assert.match(output ?? "", /no answer in time/);
  process.kill(redis.pid, "SIGCONT");
  await app.untilVerdict("cache", "compatible");
});
