import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { runContainer, startContainer, type Container } from "../../harness/container.ts";
import { freePort } from "../../harness/postgres.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { forEachVariant } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

/** So long that no test reaches the end. */
const stop = { graceSeconds: 600 };
const sleep = ["sleep", "1000"];

forEachVariant("the order of several processes", {}, (variant) => {
  test("each starts once the previous one is ready, and they stop in reverse", { skip: withoutPython }, async () => {
    const [tcp, http] = [await freePort(), await freePort()];
    const [socket, file, other] = [scratchPath("socket"), scratchPath("file"), scratchPath("other")];
    const names = ["tcp", "http", "socket", "file", "command", "last"];
    const gates = Object.fromEntries(names.map((name) => [name, scratchPath("gate")]));
    const service = (name: string, kind: string, address: string | number, ready: object) => ({
      command: python("service.py", name, kind, String(address), gates[name] ?? ""),
      after: names.slice(0, names.indexOf(name)).slice(-1),
      ready,
    });
    // The configuration lists them in another order than the start order.
    const processes = {
      last: {
        command: ["sh", "-c", "trap 'echo last ends; exit' TERM; echo last starts; while :; do sleep 0.01; done"],
        after: ["command"],
      },
      command: service("command", "file", other, { command: ["test", "-e", other] }),
      socket: service("socket", "socket", socket, { socket }),
      tcp: service("tcp", "tcp", tcp, { tcp: `127.0.0.1:${tcp}` }),
      file: service("file", "file", file, { file }),
      http: service("http", "http", http, { http: `http://127.0.0.1:${http}/` }),
    };
    using container = startContainer(variant, [], { settings: { processes, stop } });
    for (const [index, name] of names.slice(0, -1).entries()) {
      await container.untilLine(`${name} starts`);
      const expected = names.map((_, at) => (at < index ? "running" : at === index ? "starting" : "waiting"));
      assert.deepEqual(await statesOf(container, names), expected);
      assert.equal((await container.get("/health")).status, 503);
      writeFileSync(gates[name] ?? "", "");
    }
    await container.untilLine("last starts");
    await waitFor("health", async () => (await container.get("/health")).status === 200);
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 0, signal: null });
    const starts = names.map((name) => `${name} starts`);
    assert.deepEqual(container.lines(), [...starts, ...names.map((name) => `${name} ends`).toReversed()]);
  });

  test("one that never becomes ready is stopped and counts as failed; the processes after it do not start", async () => {
    const processes = {
      first: {
        // It exits 0 when stopped, but still counts as failed.
        command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.01; done"],
        ready: { file: "/no/such/file", timeoutSeconds: 0.3 },
      },
      second: { command: ["echo", "second"], after: ["first"], critical: false },
    };
    const { code, stdout, stderr } = await runContainer(variant, [], { settings: { processes, stop } });
    assert.deepEqual({ code, stdout }, { code: 75, stdout: "" });
    assert.match(stderr, /first did not become ready: the file \/no\/such\/file did not appear within 0\.3 s/);
  });

  test("if one is not found, the processes after it do not start", async () => {
    const processes = {
      first: { command: ["no-such-command"] },
      second: { command: ["echo", "second"], after: ["first"], critical: false },
    };
    const { code, stdout, stderr } = await runContainer(variant, [], { settings: { processes, stop } });
    assert.deepEqual({ code, stdout }, { code: 127, stdout: "" });
    assert.match(stderr, /cannot run "no-such-command": it is not in PATH/);
  });

  test("a circle and an unknown name are refused", async () => {
    const circle = {
      a: { command: sleep, after: ["c"] },
      b: { command: sleep, after: ["a"] },
      c: { command: sleep, after: ["b"] },
    };
    const first = await runContainer(variant, [], { settings: { processes: circle } });
    assert.equal(first.code, 78);
    assert.match(first.stderr, /processes\.a\.after: the processes wait for each other in a circle: a → c → b → a/);
    const unknown = { web: { command: sleep, after: ["fmp"] }, fpm: { command: sleep } };
    const second = await runContainer(variant, [], { settings: { processes: unknown } });
    assert.equal(second.code, 78);
    assert.match(second.stderr, /processes\.web\.after: there is no process "fmp"\. Known: web, fpm/);
  });

  test("two readiness checks for one process are refused, and so is `run` beside `processes`", async () => {
    const ready = { file: "/x", tcp: "127.0.0.1:1" };
    const first = await runContainer(variant, [], { settings: { processes: { web: { command: sleep, ready } } } });
    assert.equal(first.code, 78);
    assert.match(first.stderr, /processes\.web\.ready: expected one of .*, received (tcp and file|file and tcp)/);
    const both = { run: sleep, processes: { web: { command: sleep } } };
    const second = await runContainer(variant, [], { settings: both });
    assert.equal(second.code, 78);
    assert.match(second.stderr, /both `run` and `processes` are set/);
  });

  test("mistakes in them are refused even if a command on the command line replaces them", async () => {
    for (const [processes, message] of [
      [{ web: { command: sleep, after: ["web"] } }, /processes\.web\.after: .* in a circle: web → web/],
      [
        { a: { command: sleep, after: ["b"] }, b: { command: sleep, after: ["a"] } },
        /processes\.a\.after: .* in a circle: a → b → a/,
      ],
      [{ web: { command: sleep, after: ["fmp"] } }, /processes\.web\.after: there is no process "fmp"\. Known: web\./],
      [{ web: { command: sleep, ready: {} } }, /processes\.web\.ready: expected one of .*, received none/],
    ] as const) {
      for (const argv of [
        ["echo", "started"],
        ["--exec", "echo", "started"],
      ]) {
        const { code, stdout, stderr } = await runContainer(variant, argv, { settings: { processes } });
        assert.deepEqual({ code, stdout }, { code: 78, stdout: "" }, stderr);
        assert.match(stderr, message);
      }
    }
  });

  test("a command on the command line replaces them", async () => {
    const processes = { web: { command: ["echo", "web"] } };
    const { code, stdout } = await runContainer(variant, ["echo", "other"], { settings: { processes } });
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "other\n" });
  });
});

async function statesOf(container: Container, names: readonly string[]): Promise<readonly (string | undefined)[]> {
  const { checks } = (await container.get("/health")).body;
  return names.map((name) => checks[`${name}:process`]?.[0]?.observedValue);
}
