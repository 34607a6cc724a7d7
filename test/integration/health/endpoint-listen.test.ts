import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { runContainer } from "../../harness/container.ts";
import { askHealth, startWatched } from "../../harness/health.ts";
import { createNetwork, withoutNetwork } from "../../harness/network.ts";
import { freePort } from "../../harness/postgres.ts";
import { treeOf } from "../../harness/proc.ts";
import { withoutRoot } from "../../harness/program.ts";
import { scratchPath } from "../../harness/scratch.ts";

const app = { name: "shop", version: "2.3.0" };
const absent = { kind: "file", path: "/no/such/secret-path", requires: ">=1" };
const bundle = { build: "bundle", asPid1: false } as const;
const probe = (settings: object, options: object = {}) => runContainer(bundle, ["--health"], { settings, ...options });

test("a unix socket: it is served, another user can probe it, and a new supervisor takes it over after a kill", async () => {
  const path = scratchPath("health.sock");
  const settings = { app, health: { listen: `unix:${path}` } };
  {
    using watched = startWatched({ settings });
    assert.equal(await watched.base(), `unix:${path}`);
    assert.equal((await watched.health()).status, 200);
    assert.equal(statSync(path).mode & 0o777, 0o666);
    const asNobody = { before: withoutRoot ? ":" : 'set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' };
    const { code, stdout, stderr } = await probe(settings, asNobody);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /"status":"pass"/);
    assert.equal(stderr, "");
    const second = await runContainer(bundle, ["sleep", "infinity"], { settings });
    assert.equal(second.code, 78, "a running supervisor keeps its socket");
    assert.match(second.stderr, /cannot serve health on .*health\.sock: it is in use/);
    for (const { pid } of treeOf(await watched.pid())) process.kill(pid, "SIGKILL");
    await watched.ended;
  }
  assert.ok(statSync(path).isSocket(), "the killed supervisor left its socket");
  using next = startWatched({ settings });
  assert.equal((await next.health()).status, 200);
});

test("an address that cannot be bound ends the container with 78 and the key", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const folder = scratchPath("folder");
  mkdirSync(folder);
  writeFileSync(join(folder, "file"), "");
  const listens = [
    `127.0.0.1:${port}`,
    "198.51.100.7:7979",
    "no-such-host.invalid:7979",
    "unix:/no/such/folder/health.sock",
    `unix:${join(folder, "file", "x.sock")}`,
    `unix:${folder}`,
    `unix:/${"x".repeat(200)}`,
  ];
  for (const listen of listens) {
    const { code, stderr } = await runContainer(bundle, ["sleep", "infinity"], {
      settings: { app, health: { listen } },
    });
    assert.equal(code, 78, `${listen}: ${stderr}`);
    assert.match(stderr, /cannot serve health on .*health\.listen/, listen);
  }
  taken.close();
});

test("--health asks the supervisor's address, also over IPv6 and with a wildcard address", async () => {
  for (const host of ["[::1]", "0.0.0.0", "[::]"]) {
    const settings = { app, health: { listen: `${host}:${await freePort()}` } };
    using watched = startWatched({ settings });
    await watched.base();
    const { code, stdout } = await probe(settings);
    assert.equal(code, 0, `${host}: ${stdout}`);
  }
});

test("--health has a deadline and a size limit for foreign servers on its port", async () => {
  const drip = createServer((socket) => {
    const timer = setInterval(() => socket.write("x"), 50);
    socket.on("error", () => {}).once("close", () => clearInterval(timer));
  });
  const flood = createServer((socket) => {
    const block = "x".repeat(1_000_000);
    const send = () => void (socket.writable && socket.write(block) && setImmediate(send));
    socket.on("error", () => {}).on("drain", send);
    send();
  });
  for (const [server, reason] of [
    [drip, /timed out after 2500 ms/],
    [flood, /too long/],
  ] as const) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { code, stdout, stderr } = await probe({
      health: { listen: `127.0.0.1:${(server.address() as AddressInfo).port}` },
    });
    server.close();
    assert.equal(code, 1);
    assert.match(stdout, reason);
    assert.equal(stderr, "");
  }
});

test("details: which clients see more than the status", { skip: withoutNetwork }, async () => {
  using network = createNetwork();
  const port = await freePort();
  const seen = async (details: string) => {
    const settings = { app, dependencies: { hidden: absent }, health: { listen: `0.0.0.0:${port}`, details } };
    using watched = startWatched({ settings, before: network.enter });
    await watched.until(
      "the first look",
      () => watched.stderr().includes("unreachable") && watched.stderr().includes("serving"),
    );
    const base = `http://${network.inside}:${port}`;
    const outside = await askHealth(base);
    const texts = await Promise.all(
      ["/", "/metrics", "/health/nothing"].map((path) => fetch(base + path).then((one) => one.text())),
    );
    const inside = await runContainer(bundle, ["--health"], { settings, before: network.enter });
    assert.equal(outside.status, 503);
    return { outside: JSON.stringify(outside.body) + texts.join(""), inside: inside.stdout };
  };
  const [always, loopback, never] = [await seen("always"), await seen("loopback"), await seen("never")];
  const tells = /hidden|secret-path/;
  assert.match(always.outside, tells);
  assert.match(always.inside, tells);
  assert.doesNotMatch(loopback.outside, tells);
  assert.match(loopback.inside, tells);
  assert.doesNotMatch(never.outside, tells);
  assert.doesNotMatch(never.inside, tells);
  assert.match(never.inside, /"status":"fail"/);
});
