import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { startWatched, validDocument, type Watched } from "../../harness/health.ts";
import { freePort } from "../../harness/postgres.ts";

const app = { name: "shop", version: "2.3.0" };
const readiness = ["/health", "/healthz", "/readyz"];
const file = (path: string, more: object = {}) => ({
  kind: "file",
  path,
  requires: ">=1",
  pattern: String.raw`\d+`,
  ...more,
});
const present = file("/proc/sys/kernel/pid_max", { intervalMs: 100 });
const absent = file("/no/such/file", { intervalMs: 100 });

/** Sends raw bytes, and returns the whole answer. */
async function exchange(watched: Watched, bytes: string): Promise<string> {
  const { hostname, port } = new URL(await watched.base());
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
    socket.once("error", reject).once("close", () => resolve(text));
    socket.write(bytes);
  });
}

test("a healthy container: every path", async () => {
  using watched = startWatched({ settings: { app, dependencies: { one: present } } });
  await watched.untilVerdict("one", "compatible");
  for (const path of [...readiness, "/health/one", "/livez", "/startupz", "/health?x=1"]) {
    const { status, headers, body } = await watched.health(path);
    assert.equal(status, 200, path);
    assert.equal(body.status, "pass");
    assert.equal(body.version, "2.3.0");
    assert.equal(body.output, undefined, "no output on pass");
    assert.equal(headers["cache-control"], "max-age=0, must-revalidate");
    assert.ok(headers.etag, path);
  }
  assert.deepEqual(
    Object.keys((await watched.health("/livez")).body.checks ?? {}),
    [],
    "never depends on dependencies",
  );
  assert.match((await watched.ask("/")).headers["content-type"] ?? "", /^text\/html/);
  assert.match((await watched.ask("/metrics")).headers["content-type"] ?? "", /^text\/plain; version=0\.0\.4/);
});

test("an unhealthy container: 503 on paths about dependencies, 200 on others, never 429", async () => {
  using watched = startWatched({ settings: { app, dependencies: { one: present, two: absent } } });
  await watched.untilVerdict("two", "unreachable");
  await watched.untilVerdict("one", "compatible");
  const statuses = async (paths: readonly string[]) =>
    Promise.all(paths.map(async (path) => (await watched.health(path)).status));
  assert.deepEqual(await statuses([...readiness, "/health/two"]), [503, 503, 503, 503]);
  assert.deepEqual(await statuses(["/health/one", "/livez", "/startupz"]), [200, 200, 200]);
  assert.equal((await watched.ask("/")).status, 200);
  assert.equal((await watched.ask("/metrics")).status, 200);
  const many = await Promise.all(Array.from({ length: 300 }, () => watched.health()));
  assert.deepEqual([...new Set(many.map(({ status }) => status))], [503]);
});

test("an unknown dependency: 404 with the existing ones; an unknown path: 404 with the paths", async () => {
  using watched = startWatched({ settings: { app, dependencies: { one: present, two: absent } } });
  for (const path of ["/health/three", "/health/", "/health/%zz", "/health/__proto__"]) {
    const { status, text } = await watched.ask(path);
    assert.equal(status, 404, path);
    assert.match(text, /Known: one, two/);
  }
  for (const path of ["/nothing", "//health", "/HEALTH", "/health/one/more/../..", "/%2e%2e/etc/passwd", "/livez/"]) {
    const { status, text } = await watched.ask(path);
    assert.equal(status, 404, path);
    assert.match(text, /\/health, \/healthz, \/readyz|Known: one, two/);
  }
});

test("HEAD has the headers and no body; other methods are refused with the allowed ones", async () => {
  using watched = startWatched({ settings: { app, dependencies: { two: absent } } });
  await watched.untilVerdict("two", "unreachable");
  for (const path of ["/health", "/livez", "/", "/metrics", "/nothing"]) {
    const [got, head] = [await watched.ask(path), await watched.ask(path, { method: "HEAD" })];
    assert.equal(head.status, got.status, path);
    assert.equal(head.text, "");
    assert.equal(head.headers["content-type"], got.headers["content-type"]);
    assert.ok(Number(head.headers["content-length"]) > 0, path);
  }
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"]) {
    for (const path of ["/health", "/metrics", "/nothing"]) {
      const { status, headers } = await watched.ask(path, { method });
      assert.equal(status, 405, `${method} ${path}`);
      assert.equal(headers["allow"], "GET, HEAD");
    }
  }
  const body = "x".repeat(10_000);
  const posted = await exchange(
    watched,
    `POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
  assert.match(posted, /^HTTP\/1\.1 405 /);
});

test("If-None-Match: 304 while only the time has changed, and never for a failure", async () => {
  using watched = startWatched({ settings: { app, dependencies: { one: present } } });
  await watched.untilVerdict("one", "compatible");
  const { etag = "" } = (await watched.health()).headers;
  for (const value of [etag, etag.replace("W/", ""), `"other", ${etag}`, "*"]) {
    const { status, text, headers } = await watched.ask("/health", { headers: { "if-none-match": value } });
    assert.equal(status, 304, value);
    assert.equal(text, "");
    assert.equal(headers.etag, etag);
    assert.equal(headers["cache-control"], "max-age=0, must-revalidate");
  }
  assert.equal((await watched.ask("/health", { headers: { "if-none-match": '"other"' } })).status, 200);
  using failing = startWatched({ settings: { app, dependencies: { two: absent } } });
  await failing.untilVerdict("two", "unreachable");
  const failed = await failing.health();
  assert.equal((await failing.ask("/health", { headers: { "if-none-match": failed.headers.etag ?? "" } })).status, 503);
});

test("HTTP/1.0, HTTP/1.1 without Host, absolute-form URLs of proxies, and keep-alive", async () => {
  using watched = startWatched({ settings: { app } });
  await watched.base();
  assert.match(await exchange(watched, "GET /health HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 200 OK\r\n[^]*"status":"pass"/);
  assert.match(await exchange(watched, "GET /health HTTP/1.1\r\n\r\n"), /^HTTP\/1\.1 400 /);
  const absolute = await exchange(
    watched,
    "GET http://shop.internal/livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  );
  assert.match(absolute, /^HTTP\/1\.1 200 /);
  const two = await exchange(
    watched,
    "GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  );
  assert.equal(two.match(/HTTP\/1\.1 200 /g)?.length, 2);
});

test("a fail names the dependency, the needed and found version, and the fix", async () => {
  const closed = await freePort();
  const dependencies = {
    settings: file("/proc/sys/kernel/pid_max", { requires: ">=99999999999" }),
    queue: { kind: "tcp", address: `127.0.0.1:${closed}` },
  };
  using watched = startWatched({ settings: { app, dependencies } });
  const { observedValue = "", neededValue, componentType, output } = await watched.untilVerdict("settings", "behind");
  await watched.untilVerdict("queue", "unreachable");
  assert.match(observedValue, /^\d+$/);
  assert.equal(neededValue, ">=99999999999");
  assert.equal(componentType, "system");
  assert.match(
    output ?? "",
    new RegExp(`has version ${observedValue}, but >=99999999999 is needed. Deploy the newer file.`),
  );
  const { body } = await watched.health();
  assert.match(body.output ?? "", /settings is behind: .*; queue is unreachable: cannot reach 127\.0\.0\.1:/);
  const page = (await watched.ask("/")).text;
  for (const word of ["settings", "behind", "&gt;=99999999999", "Deploy the newer file"])
    assert.ok(page.includes(word), word);
});

test("draining: 503 at once, and /livez stays 200", async () => {
  const settings = { app, dependencies: { one: present }, stop: { drainSeconds: 30 } };
  using watched = startWatched({ settings });
  await watched.untilVerdict("one", "compatible");
  await watched.send("SIGTERM");
  await watched.until("draining", () => watched.stderr().includes("SIGTERM") || watched.stderr().includes("drain"));
  const { status, body } = await watched.health();
  assert.equal(status, 503);
  assert.equal(body.phase, "draining");
  assert.match(body.output ?? "", /^draining: /);
  assert.equal((await watched.health("/livez")).status, 200);
  assert.equal(validDocument((await watched.ask("/health/one")).text, 200).status, "pass");
  await watched.send("SIGTERM");
  await watched.ended;
});
