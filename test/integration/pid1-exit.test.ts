import assert from "node:assert/strict";
import { test } from "node:test";
import { runContainer, startContainer } from "../harness/container.ts";
import { long } from "../harness/long.ts";
import { python, withoutPython } from "../harness/python.ts";
import { forEachVariant, type Variant } from "../harness/variants.ts";

/** Nothing of it is needed to end. */
const health = false;
/** Nobody answers there. */
const unreachable = { kind: "release", url: "postgres://nobody@127.0.0.1:1/none", requires: ">=1" };
/** Those that end a process which does nothing about them (signal(7)), KILL among them. */
const terminating = [...Array(16).keys(), 16, 24, 25, 26, 27, 29, 30, 31].slice(1);
const patient = { graceSeconds: 600 };

/** Of the two builds each takes every other code, as PID 1 and not; all of them in the long form. */
function codesFor({ build }: Variant, from: number, to: number): readonly number[] {
  const codes = [...Array(to).keys()].slice(from);
  return long ? codes : codes.filter((code) => (code % 2 === 0) === (build === "bundle"));
}

forEachVariant("exit", { concurrency: 4 }, (variant) => {
  for (const from of [0, 64, 128, 192]) {
    test(`the app's code is the container's: ${from} to ${from + 63}`, async () => {
      for (const code of codesFor(variant, from, from + 64)) {
        const { stderr, ...end } = await runContainer(variant, ["sh", "-c", `exit ${code}`], { settings: { health } });
        assert.deepEqual(end, { code, signal: null, stdout: "" }, stderr);
      }
    });
  }

  test("a signal that ended the app becomes 128 and its number", async () => {
    for (const signal of terminating) {
      const command = ["sh", "-c", `ulimit -c 0; kill -${signal} $$`];
      const { code } = await runContainer(variant, command, { settings: { health } });
      assert.equal(code, 128 + signal);
    }
  });

  test("codes are remapped", async () => {
    const exitCodes = { 143: 0, 0: 9, 3: 0 };
    for (const [script, code] of [
      ["kill -TERM $$", 0],
      ["exit 0", 9],
      ["exit 3", 0],
      ["exit 4", 4],
    ] as const) {
      const end = await runContainer(variant, ["sh", "-c", script], { settings: { health, exitCodes } });
      assert.equal(end.code, code, script);
    }
  });

  test("what cannot be found is 127, what cannot be run 126", async () => {
    const missing = await runContainer(variant, ["no-such-command"], { settings: { health } });
    assert.equal(missing.code, 127);
    assert.match(missing.stderr, /cannot run "no-such-command": it is not in PATH/);
    const folder = await runContainer(variant, ["/etc"], { settings: { health } });
    assert.equal(folder.code, 126);
    assert.match(folder.stderr, /cannot run "\/etc": permission denied/);
  });

  for (const [own, code] of [
    [0, 143],
    [3, 3],
  ] as const) {
    test(`stopped before it was ever healthy, ${own} is ${code}`, async () => {
      const settings = { dependencies: { database: unreachable } };
      const script = `trap 'exit ${own}' TERM; echo ready; while :; do sleep 0.01; done`;
      using container = startContainer(variant, ["sh", "-c", script], { settings });
      await container.untilLine("ready");
      assert.equal((await container.get("/health")).status, 503);
      await container.send("SIGTERM");
      assert.deepEqual(await container.ended, { code, signal: null });
    });
  }

  test("stopped once it was healthy, 0 is 0", async () => {
    const script = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    using container = startContainer(variant, ["sh", "-c", script]);
    await container.untilLine("ready");
    assert.equal((await container.get("/health")).status, 200);
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 0, signal: null });
  });
});

forEachVariant("what is left when the app has ended", {}, (variant) => {
  test("gets TERM, and we leave as soon as it has ended", { skip: withoutPython }, async () => {
    using container = startContainer(variant, python("leftover.py"), { settings: { stop: patient } });
    // Far from the end of its grace, or this would not end.
    assert.deepEqual(await container.ended, { code: 5, signal: null });
    assert.deepEqual(container.lines(), ["app ends", "leftover 15"]);
    assert.deepEqual(container.survivors(), []);
  });

  test("gets KILL after the grace", { skip: withoutPython }, async () => {
    const settings = { stop: { graceSeconds: 0.2 } };
    using container = startContainer(variant, python("leftover.py", "stubborn"), { settings });
    assert.deepEqual(await container.ended, { code: 5, signal: null });
    assert.match(container.stderr(), /left 0\.2 s after the app's end: sending SIGKILL/);
    assert.deepEqual(container.lines(), ["app ends", "leftover 15"]);
    assert.deepEqual(container.survivors(), []);
  });

  test("is found even where the app ended at once", async () => {
    using container = startContainer(variant, ["sh", "-c", "sleep 1000 & exit 4"], {
      settings: { health, stop: patient },
    });
    assert.deepEqual(await container.ended, { code: 4, signal: null });
    assert.deepEqual(container.survivors(), []);
  });

  test("is nothing to wait for, where there is nothing", async () => {
    const { code, stderr } = await runContainer(variant, ["sh", "-c", "exit 6"], {
      settings: { health, stop: patient },
    });
    assert.equal(code, 6);
    assert.equal(stderr, "");
  });
});
