import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ExitCode, Failure } from "../../src/kernel/failure.ts";
import { createPuppetProcess } from "../harness/units.ts";
import { start } from "./start-unit.ts";

describe("a unit that restarts", () => {
  test("waits 0.5 s, then twice as long each time, up to 30 s", async () => {
    const { clock, puppet, unit } = start({ restart: "always" });
    for (const seconds of [0.5, 1, 2, 4, 8, 16, 30, 30]) {
      await puppet.last().end(1);
      assert.equal(unit.state(), "backoff");
      assert.deepEqual(clock.due(), [seconds * 1000]);
      const before = puppet.processes.length;
      clock.turn(seconds * 1000);
      assert.equal(puppet.processes.length, before + 1);
      assert.equal(unit.state(), "running");
    }
    assert.equal(unit.restarts(), 8);
  });

  test("varies the wait by up to a fifth", async () => {
    for (const [chance, milliseconds] of [
      [0, 400],
      [0.999_999, 600],
    ] as const) {
      const { clock, puppet } = start({ restart: "always" }, () => chance);
      await puppet.last().end(1);
      assert.equal(Math.round(clock.due()[0] ?? 0), milliseconds);
    }
  });

  test("waits 0.5 s again after a run of 10 s", async () => {
    const { clock, puppet } = start({ restart: "always" });
    await puppet.last().end(1);
    clock.turn(500);
    clock.turn(9999);
    await puppet.last().end(1);
    assert.deepEqual(clock.due(), [1000]);
    clock.turn(1000);
    clock.turn(10_000);
    await puppet.last().end(1);
    assert.deepEqual(clock.due(), [500]);
  });

  for (const [restart, code, state] of [
    ["never", 1, "ended"],
    ["on-failure", 0, "ended"],
    ["on-failure", 1, "backoff"],
    ["always", 0, "backoff"],
  ] as const) {
    test(`with ${restart}, ${code} is followed by ${state}`, async () => {
      const { puppet, unit } = start({ restart });
      await puppet.last().end(code);
      assert.deepEqual([unit.state(), unit.code(), unit.pid()], [state, code, undefined]);
    });
  }

  test("does not restart if it was stopped while it ran or waited", async () => {
    const running = start({ restart: "always" });
    running.unit.stop("SIGTERM");
    await running.puppet.last().end(1);
    assert.equal(running.unit.state(), "ended");
    const waiting = start({ restart: "always" });
    await waiting.puppet.last().end(1);
    waiting.unit.stop("SIGTERM");
    assert.deepEqual([waiting.unit.state(), waiting.unit.code(), waiting.clock.due()], ["ended", 143, []]);
  });
});

describe("a unit that cannot be started", () => {
  test("is never running, and ends with the code of its failure", async () => {
    const process = createPuppetProcess(undefined);
    const { unit, lines, states } = start({ spawn: () => process });
    await process.fail(new Failure(ExitCode.notFound, "cannot run it"));
    assert.deepEqual([states, unit.code()], [["starting", "ended"], ExitCode.notFound]);
    assert.ok(lines.includes("error: cannot run it"));
  });
});
