import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ExitCode } from "../../src/kernel/failure.ts";
import type { UnitSpec } from "../../src/supervisor/unit.ts";
import { start } from "./start-unit.ts";

describe("a unit with a readiness check", () => {
  test("is running once it is ready", async () => {
    const { puppet, unit, states } = start({ asked: true });
    assert.equal(unit.state(), "starting");
    await puppet.ready();
    assert.deepEqual(states, ["starting", "running"]);
  });

  test("is stopped if it never becomes ready, and counts as failed whatever its exit code", async () => {
    for (const [restart, state] of [
      ["never", "ended"],
      ["on-failure", "backoff"],
    ] as const) {
      const { clock, puppet, unit, lines } = start({ asked: true, restart, stopSignal: "SIGQUIT" });
      await puppet.neverReady(new Error("nothing accepted a connection"));
      assert.deepEqual(puppet.last().signals, ["SIGQUIT"]);
      assert.ok(lines.includes("error: web did not become ready: nothing accepted a connection"));
      clock.turn(10_000);
      assert.deepEqual(puppet.last().signals, ["SIGQUIT", "SIGKILL"]);
      await puppet.last().end(0);
      assert.deepEqual([unit.state(), unit.code()], [state, ExitCode.gaveUp]);
    }
  });

  test("does not get its signal again from a stop if it never became ready, and its grace continues", async () => {
    const { clock, puppet, unit } = start({ asked: true, restart: "always" });
    await puppet.neverReady(new Error("nothing accepted a connection"));
    assert.equal(unit.state(), "failing");
    clock.turn(4000);
    unit.stop("SIGTERM");
    assert.deepEqual([unit.state(), puppet.last().signals, clock.due()], ["stopping", ["SIGTERM"], [6000]]);
    await puppet.last().end(143);
    assert.deepEqual([unit.state(), clock.due()], ["ended", []]);
  });

  test("is checked again for every start, and an old answer is ignored", async () => {
    const { clock, puppet, unit } = start({ asked: true, restart: "always" });
    await puppet.last().end(1);
    clock.turn(500);
    assert.equal(unit.state(), "starting");
    await puppet.ready();
    assert.equal(unit.state(), "running");
  });

  test("is no longer checked after it has ended or is stopped", async () => {
    let signal: AbortSignal | undefined;
    const waitUntilReady: UnitSpec["waitUntilReady"] = (given) => ((signal = given), new Promise(() => {}));
    const ended = start({ waitUntilReady });
    await ended.puppet.last().end(1);
    assert.equal(signal?.aborted, true);
    const stopped = start({ waitUntilReady });
    assert.equal(signal?.aborted, false);
    stopped.unit.stop("SIGTERM");
    assert.equal(signal?.aborted, true);
  });
});
