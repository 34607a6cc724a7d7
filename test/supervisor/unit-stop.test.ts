import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createUnit } from "../../src/supervisor/unit.ts";
import { createHandClock } from "../harness/hand-clock.ts";
import { createPuppet, createRecordingLog } from "../harness/units.ts";
import { noJitter, start } from "./start-unit.ts";

describe("a unit that leaves processes behind", () => {
  function leave(changes: Parameters<typeof createPuppet>[1] = {}) {
    const left = { count: 1, signals: [] as string[] };
    const leftovers = {
      any: () => left.count > 0,
      signal: (name: string) => void left.signals.push(name),
      describe: () => "a daemon (7)",
    };
    return { left, ...start({ restart: "always", leftovers, ...changes }) };
  }

  test("ends them before it restarts", async () => {
    const { clock, puppet, unit, lines, left } = leave();
    await puppet.last().end(1);
    assert.deepEqual([unit.state(), left.signals], ["clearing", ["SIGTERM"]]);
    assert.ok(lines.some((line) => line.startsWith("warn: web ended with 1 and left a daemon (7) behind: ending it")));
    unit.childEnded();
    assert.equal(unit.state(), "clearing");
    left.count = 0;
    unit.childEnded();
    assert.deepEqual([unit.state(), clock.due()], ["backoff", [500]]);
    clock.turn(500);
    assert.deepEqual([unit.state(), puppet.processes.length], ["running", 2]);
  });

  test("kills them after its grace, and restarts even if they survive that", async () => {
    const { clock, puppet, unit, lines, left } = leave({ graceSeconds: 7 });
    await puppet.last().end(1);
    clock.turn(7000);
    assert.deepEqual([unit.state(), left.signals], ["clearing", ["SIGTERM", "SIGKILL"]]);
    assert.ok(
      lines.includes("warn: a process that web left behind did not end within 7 s after SIGTERM: sending SIGKILL"),
    );
    clock.turn(2000);
    assert.equal(unit.state(), "backoff");
  });

  test("does not signal them again if it is stopped in between", async () => {
    const { clock, puppet, unit, left } = leave();
    await puppet.last().end(1);
    clock.turn(4000);
    unit.stop("SIGTERM");
    assert.deepEqual([unit.state(), left.signals, clock.due()], ["stopping", ["SIGTERM"], [6000]]);
    clock.turn(6000);
    assert.deepEqual([unit.state(), left.signals], ["killing", ["SIGTERM", "SIGKILL"]]);
    left.count = 0;
    unit.childEnded();
    assert.deepEqual([unit.state(), unit.code(), clock.due()], ["ended", 143, []]);
  });

  test("does not restart if it was stopped, even if they survive SIGKILL", async () => {
    const { clock, puppet, unit } = leave();
    await puppet.last().end(1);
    clock.turn(10_000);
    unit.stop("SIGTERM");
    clock.turn(2000);
    assert.deepEqual([unit.state(), clock.due(), puppet.processes.length], ["ended", [], 1]);
  });

  test("does not signal its group again if it was stopped because it never became ready", async () => {
    const { puppet, unit, left } = leave({ asked: true });
    puppet.last().others = 1;
    await puppet.neverReady(new Error("nothing accepted a connection"));
    await puppet.last().end(143);
    assert.deepEqual([unit.state(), left.signals], ["failing", []]);
    puppet.last().others = 0;
    left.count = 0;
    unit.childEnded();
    assert.deepEqual([unit.state(), left.signals], ["backoff", []]);
  });

  test("leaves them alone if it does not restart", async () => {
    const { puppet, unit, left } = leave({ restart: "on-failure" });
    await puppet.last().end(0);
    assert.deepEqual([unit.state(), left.signals], ["ended", []]);
  });
});

describe("a unit that is stopped", () => {
  test("gets the given signal or its own, and KILL after its grace", async () => {
    for (const [stopSignal, expected] of [
      [undefined, "SIGINT"],
      ["SIGQUIT", "SIGQUIT"],
    ] as const) {
      const { clock, puppet, unit, lines, states } = start({ stopSignal, graceSeconds: 7 });
      unit.stop("SIGINT");
      clock.turn(6999);
      assert.deepEqual(puppet.last().signals, [expected]);
      clock.turn(1);
      assert.deepEqual(puppet.last().signals, [expected, "SIGKILL"]);
      assert.ok(
        lines.includes(`warn: web did not end within 7 s after ${expected}: sending SIGKILL`),
        lines.join("\n"),
      );
      await puppet.last().end(137);
      assert.deepEqual(states, ["running", "stopping", "killing", "ended"]);
      assert.deepEqual(clock.due(), []);
    }
  });

  test("gets the signal again if it is stopped again, and its grace continues", () => {
    const { clock, puppet, unit } = start();
    unit.stop("SIGTERM");
    clock.turn(4000);
    unit.stop("SIGTERM");
    assert.deepEqual(puppet.last().signals, ["SIGTERM", "SIGTERM"]);
    assert.deepEqual(clock.due(), [6000]);
  });

  test("ends when the rest of its group ends, within the same grace, and keeps its own code", async () => {
    const { clock, puppet, unit } = start();
    puppet.last().others = 2;
    unit.stop("SIGTERM");
    clock.turn(4000);
    await puppet.last().end(143);
    assert.deepEqual([unit.state(), unit.pid(), clock.due()], ["stopping", undefined, [6000]]);
    unit.signal("SIGHUP");
    puppet.last().others = 1;
    unit.childEnded();
    assert.equal(unit.state(), "stopping");
    clock.turn(6000);
    assert.deepEqual([unit.state(), puppet.last().signals], ["killing", ["SIGTERM", "SIGHUP", "SIGKILL"]]);
    puppet.last().others = 0;
    unit.childEnded();
    assert.deepEqual([unit.state(), unit.code(), clock.due()], ["ended", 143, []]);
  });

  test("is left to the kernel if it survives SIGKILL", async () => {
    const { clock, puppet, unit, lines } = start();
    unit.stop("SIGTERM");
    clock.turn(10_000);
    clock.turn(1999);
    assert.equal(unit.state(), "killing");
    clock.turn(1);
    assert.deepEqual([unit.state(), unit.code()], ["ended", 137]);
    assert.ok(lines.includes("error: web still runs 2 s after SIGKILL: leaving it to the kernel"));
    await puppet.last().end(0);
    assert.deepEqual([unit.state(), unit.code()], ["ended", 137]);
  });

  test("ends at once if it was never started", () => {
    const { spec } = createPuppet("web");
    const { log } = createRecordingLog();
    const unit = createUnit(spec, { clock: createHandClock(), random: noJitter, log, onChange: () => {} });
    unit.stop("SIGTERM");
    assert.deepEqual([unit.state(), unit.code()], ["ended", undefined]);
  });
});
