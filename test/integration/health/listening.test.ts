import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { runContainer } from "../../harness/container.ts";
import { freePort } from "../../harness/postgres.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { forEachVariant } from "../../harness/variants.ts";
import { writeFileSync } from "node:fs";
import { startWatched } from "../../harness/health.ts";
import { assertWaiting, createGate, decisions, listens, notSet, startListening, untilReady } from "./listening.ts";

const skip = withoutPython;
const byDefault = "it counts as ready, because app.ready is not set.";

forEachVariant("an app without app.ready", { skip }, (variant) => {
  for (const [kind, address] of [
    ["tcp", /^127\.0\.0\.1:\d+$/],
    ["tcp6", /^\[::1\]:\d+$/],
    ["unix", /^unix:\/.*\.sock$/],
    ["bound", /^127\.0\.0\.1:\d+$/],
    ["child", /^127\.0\.0\.1:\d+$/],
    ["daemon", /^127\.0\.0\.1:\d+$/],
  ] as const) {
    test(`is ready once it listens: ${kind}`, async () => {
      const gate = createGate();
      using watched = startListening(variant, listens(kind, gate));
      await watched.untilLine(kind === "bound" ? "bound" : "started");
      await assertWaiting(watched);
      assert.deepEqual(decisions(watched), []);
      gate.open();
      await untilReady(watched);
      await watched.untilLine("listening");
      const [said = "", ...more] = decisions(watched);
      assert.deepEqual(more, []);
      const [, found = "", rule] = /the app listens on (\S+): (.*)$/.exec(said) ?? [];
      assert.match(found, address);
      assert.equal(rule, byDefault);
    });
  }

  test("is ready with a listening socket that it inherits", async () => {
    const port = await freePort();
    const before = `set -- ${python("holding.py", `listen:${port}`).join(" ")} "$@"`;
    using watched = startListening(variant, listens("inherited", createGate()), { before });
    await untilReady(watched);
    assert.match(decisions(watched).join(), new RegExp(`listens on 127\\.0\\.0\\.1:${port}: `));
  });

  test("is not ready because another process listens on the same host, as the same user", async () => {
    const others = createServer().listen(0, "127.0.0.1");
    const gate = createGate();
    using watched = startListening(variant, listens("tcp", gate));
    await watched.untilLine("started");
    await assertWaiting(watched);
    const late = createServer().listen(0, "127.0.0.1");
    await assertWaiting(watched);
    gate.open();
    await untilReady(watched);
    others.close();
    late.close();
  });

  test("that is stopped before it listens exits 143, not 0", async () => {
    using watched = startListening(variant, listens("tcp", createGate()));
    await watched.untilLine("started");
    await assertWaiting(watched);
    await watched.send("SIGTERM");
    assert.deepEqual(await watched.ended, { code: 143, signal: null });
  });
});

const bundle = { build: "bundle", asPid1: false } as const;

test("app.ready: false does not wait (control), from the file and from the variable", { skip }, async () => {
  const withFile = { settings: { app: { name: "shop", ready: false } } };
  const withVariable = { settings: notSet, environment: { SEAWORTHY_APP_READY: "false" } };
  for (const options of [withFile, withVariable]) {
    using watched = startWatched({ argv: listens("tcp", createGate()), ...options });
    await untilReady(watched);
    assert.match(
      decisions(watched).join(),
      /the app counts as ready once it has started, because app\.ready is false$/,
    );
  }
});

test("app.ready: true and other values are refused", async () => {
  const run = (options: object) => runContainer(bundle, ["true"], options);
  for (const options of [
    { settings: { app: { name: "shop", ready: true } } },
    { settings: notSet, environment: { SEAWORTHY_APP_READY: "no" } },
  ]) {
    const { code, stderr } = await run(options);
    assert.equal(code, 78, stderr);
    assert.match(
      stderr,
      /app\.ready: expected false, or a map with the keys tcp, http, socket, file, command, received/,
    );
  }
});

test("SEAWORTHY_APP_READY_FILE sets app.ready.file, and wins over SEAWORTHY_APP_READY", async () => {
  const path = scratchPath("ready");
  const environment = { SEAWORTHY_APP_READY: "false", SEAWORTHY_APP_READY_FILE: path };
  using watched = startWatched({ settings: notSet, environment });
  const { output } = await watched.untilVerdict("app", "unreachable");
  assert.equal(output, `the app is not ready: the file ${path} did not appear`);
  writeFileSync(path, "");
  await watched.untilVerdict("app", "compatible");
});

test(
  "a worker, or an app that only has UDP, is ready after 30 s, and a warning names app.ready",
  { skip },
  async () => {
    using watched = startWatched({ argv: listens("udp", createGate()), settings: notSet });
    await assertWaiting(watched);
    await watched.until("the warning", () => decisions(watched).length > 0);
    await untilReady(watched);
    assert.match(
      decisions(watched).join(),
      /warning: the app does not listen on any TCP port or unix socket after 30 s: .* set app\.ready: false, .* Else set app\.ready to a check\.$/,
    );
  },
);

test("start: when-compatible starts the app first, and then waits for it to listen", { skip }, async () => {
  const path = scratchPath("version");
  const gate = createGate();
  const dependencies = { settings: { kind: "file", path, requires: ">=2", intervalMs: 100 } };
  using watched = startWatched({
    argv: listens("tcp", gate),
    settings: { ...notSet, dependencies, start: "when-compatible" },
  });
  await watched.untilVerdict("settings", "unreachable");
  assert.equal((await watched.health()).body.checks?.["app:version"], undefined);
  writeFileSync(path, "2.0");
  await watched.untilLine("started");
  await assertWaiting(watched);
  gate.open();
  await untilReady(watched);
});

test("a dependency may have the name app", { skip }, async () => {
  const path = scratchPath("version");
  writeFileSync(path, "2.0");
  const dependencies = { app: { kind: "file", path, requires: ">=2" } };
  const gate = createGate();
  using watched = startWatched({ argv: listens("tcp", gate), settings: { ...notSet, dependencies } });
  await watched.untilVerdict("app", "compatible");
  assert.equal((await watched.check("app-process")).verdict, "unreachable");
  gate.open();
  await untilReadyBeside(watched);
});

async function untilReadyBeside(watched: ReturnType<typeof startWatched>): Promise<void> {
  await watched.until("it listens", () => decisions(watched).length > 0);
  assert.equal((await watched.health()).status, 200);
}
