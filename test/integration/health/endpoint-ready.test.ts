import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, type Server } from "node:net";
import { test } from "node:test";
import { runContainer } from "../../harness/container.ts";
import { startWatched, type Watched } from "../../harness/health.ts";
import { scratchPath } from "../../harness/scratch.ts";

const app = { name: "shop", version: "2.3.0" };
const bundle = { build: "bundle", asPid1: false } as const;
const file = (path: string, more: object = {}) => ({ kind: "file", path, requires: ">=2", intervalMs: 100, ...more });

async function listen(server: Server, at: string | { port: number; host: string }): Promise<Server> {
  server.listen(at);
  await once(server, "listening");
  return server;
}

/** Each readiness check, with functions that make the app ready and not ready. */
const ways = {
  async http() {
    let status = 500;
    const server = await listen(
      createServer((_, response) => response.writeHead(status).end()),
      { port: 0, host: "127.0.0.1" },
    );
    const ready = { http: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
    return { ready, set: (well: boolean) => void (status = well ? 204 : 500), close: () => server.close() };
  },
  async file() {
    const path = scratchPath("ready");
    return {
      ready: { file: path },
      set: (well: boolean) => (well ? writeFileSync(path, "") : rmSync(path)),
      close: () => {},
    };
  },
  async command() {
    const path = scratchPath("ready");
    const ready = { command: ["test", "-e", path] };
    return { ready, set: (well: boolean) => (well ? writeFileSync(path, "") : rmSync(path)), close: () => {} };
  },
  async socket() {
    const path = scratchPath("ready.sock");
    let server: Server | undefined;
    const set = (well: boolean) => {
      if (well) server = createServer().listen(path);
      else server?.close();
    };
    return { ready: { socket: path }, set, close: () => server?.close() };
  },
};

for (const [name, create] of Object.entries(ways)) {
  test(`app.ready by ${name}: a part of health for as long as the app runs`, async () => {
    const { ready, set, close } = await create();
    using watched = startWatched({ settings: { app: { ...app, ready } } });
    const notReady = await watched.untilVerdict("app", "unreachable");
    assert.match(notReady.output ?? "", /^the app is not ready: /);
    assert.equal((await watched.health("/startupz")).status, 503);
    assert.equal((await watched.health()).status, 503);
    set(true);
    await watched.untilVerdict("app", "compatible");
    assert.equal((await watched.health()).status, 200);
    assert.equal((await watched.health("/startupz")).status, 200);
    set(false);
    // Not only a warning: an app that has stopped answering must get no traffic.
    assert.equal((await watched.untilVerdict("app", "unreachable")).status, "fail");
    assert.equal((await watched.health("/livez")).status, 200);
    close();
  });
}

test("app.ready is refused: two checks at once, beside processes, beside a dependency with its name", async () => {
  const refused = async (settings: object, message: RegExp) => {
    const { code, stderr } = await runContainer(bundle, "run" in settings || "processes" in settings ? [] : ["true"], {
      settings,
    });
    assert.equal(code, 78, stderr);
    assert.match(stderr, message);
  };
  await refused({ app: { ...app, ready: { file: "/a", tcp: "127.0.0.1:1" } } }, /app\.ready/);
  await refused({ app: { ...app, ready: {} } }, /app\.ready/);
  await refused(
    { app: { ...app, ready: { file: "/a" } }, processes: { one: { command: ["true"] } } },
    /app\.ready is for one command/,
  );
  await refused(
    { app: { ...app, ready: { file: "/a" } }, dependencies: { app: file("/b") } },
    /dependencies\.app has the name/,
  );
});

const started = (watched: Watched) => watched.lines().includes("started");
const sayStarted = ["sh", "-c", "echo started; exec sleep infinity"];

test("start: when-compatible holds the app back until its dependencies are compatible", async () => {
  const path = scratchPath("version");
  const dependencies = { settings: file(path), extra: file("/no/such/file", { critical: false }) };
  using watched = startWatched({ argv: sayStarted, settings: { app, dependencies, start: "when-compatible" } });
  await watched.untilVerdict("settings", "unreachable");
  const held = await watched.health();
  assert.equal(held.status, 503);
  assert.equal(held.body.phase, "holding");
  assert.match(held.body.output ?? "", /^holding: .*; settings is unreachable/);
  assert.equal((await watched.health("/livez")).status, 200);
  assert.equal((await watched.health("/startupz")).status, 503);
  writeFileSync(path, "1.0");
  await watched.untilVerdict("settings", "behind");
  assert.equal(started(watched), false);
  writeFileSync(path, "2.0");
  await watched.untilLine("started");
  await watched.untilVerdict("settings", "compatible");
  assert.equal((await watched.health()).body.phase, "run");
  assert.equal((await watched.health("/startupz")).status, 200);
  // A running app is not stopped again.
  writeFileSync(path, "1.0");
  await watched.untilVerdict("settings", "behind");
  assert.equal((await watched.health()).body.phase, "run");
});

test("control: without it the app starts at once", async () => {
  using watched = startWatched({
    argv: sayStarted,
    settings: { app, dependencies: { settings: file("/no/such/file") } },
  });
  await watched.untilLine("started");
  assert.equal((await watched.health()).status, 503);
});

test("a container that is stopped while it holds exits 143 and never starts the app", async () => {
  const settings = { app, dependencies: { settings: file("/no/such/file") }, start: "when-compatible" };
  using watched = startWatched({ argv: sayStarted, settings });
  await watched.untilVerdict("settings", "unreachable");
  await watched.send("SIGTERM");
  assert.deepEqual(await watched.ended, { code: 143, signal: null });
  assert.equal(started(watched), false);
});
