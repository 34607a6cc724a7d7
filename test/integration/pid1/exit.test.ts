import assert from "node:assert/strict";
import { test } from "node:test";
import { runContainer, startContainer } from "../../harness/container.ts";
import { long } from "../../harness/long.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { forEachVariant, type Variant } from "../../harness/variants.ts";

/** Exits with a code, without any start-up work. */
const health = false;
/** No server listens there. */
const unreachable = { kind: "release", url: "postgres://nobody@127.0.0.1:1/none", requires: ">=1" };
/** Signals whose default action ends a process (signal(7)), including KILL. */
const terminating = [...Array(16).keys(), 16, 24, 25, 26, 27, 29, 30, 31].slice(1);
const patient = { graceSeconds: 600 };

/** Each of the two builds tests every second code, as PID 1 and not. With TEST_LONG=1, each tests all of them. */
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

  test("if a signal ended the app, the code is 128 plus its number", async () => {
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

  test("a missing command is 127, one that cannot run is 126", async () => {
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
    test(`after a stop before it was ever healthy, ${own} becomes ${code}`, async () => {
      const settings = { dependencies: { database: unreachable } };
      const script = `trap 'exit ${own}' TERM; echo ready; while :; do sleep 0.01; done`;
      using container = startContainer(variant, ["sh", "-c", script], { settings });
      await container.untilLine("ready");
      assert.equal((await container.get("/health")).status, 503);
      await container.send("SIGTERM");
      assert.deepEqual(await container.ended, { code, signal: null });
    });
  }

  test("after a stop when it was healthy, 0 stays 0", async () => {
    const script = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    using container = startContainer(variant, ["sh", "-c", script]);
    await container.untilLine("ready");
    assert.equal((await container.get("/health")).status, 200);
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 0, signal: null });
  });
});

forEachVariant("a process that outlives the app", {}, (variant) => {
  test("gets TERM, and seaworthy exits as soon as it has ended", { skip: withoutPython }, async () => {
    using container = startContainer(variant, python("leftover.py"), { settings: { stop: patient } });
    // Its grace is so long that this test would time out if seaworthy waited for all of it.
    assert.deepEqual(await container.ended, { code: 5, signal: null });
    assert.deepEqual(container.lines(), ["app ends", "leftover 15"]);
    assert.deepEqual(container.survivors(), []);
  });

  test("gets KILL after the grace", { skip: withoutPython }, async () => {
    const settings = { stop: { graceSeconds: 0.2 } };
    using container = startContainer(variant, python("leftover.py", "stubborn"), { settings });
    assert.deepEqual(await container.ended, { code: 5, signal: null });
    assert.match(container.stderr(), /processes still run 0\.2 s after the app's end: sending SIGKILL/);
    assert.deepEqual(container.lines(), ["app ends", "leftover 15"]);
    assert.deepEqual(container.survivors(), []);
  });

  test("is found even if the app ended at once", async () => {
    using container = startContainer(variant, ["sh", "-c", "sleep 1000 & exit 4"], {
      settings: { health, stop: patient },
    });
    assert.deepEqual(await container.ended, { code: 4, signal: null });
    assert.deepEqual(container.survivors(), []);
  });

  test("is not waited for if there is none", async () => {
    const { code, stderr } = await runContainer(variant, ["sh", "-c", "exit 6"], {
      settings: { health, stop: patient },
    });
    assert.equal(code, 6);
    assert.equal(stderr, "");
  });
});
