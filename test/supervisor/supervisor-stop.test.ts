import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { createPuppet } from "../harness/units.ts";
import { after, start } from "./start-container.ts";

describe("stopping", () => {
  test("TERM drains before it stops; a second TERM stops at once", async () => {
    for (const second of [false, true]) {
      const web = createPuppet("web");
      const { clock, supervisor } = start([web], { changes: { drainSeconds: 5 } });
      supervisor.handle("SIGTERM");
      clock.turn(4999);
      assert.deepEqual([supervisor.state(), web.last().signals], ["draining", []]);
      if (second) supervisor.handle("SIGTERM");
      else clock.turn(1);
      assert.deepEqual([supervisor.state(), web.last().signals], ["stopping", ["SIGTERM"]]);
    }
  });

  test("goes in reverse order: each unit is stopped once all units after it have ended", async () => {
    const names = ["database", "app", "web"];
    const puppets = names.map((name, at) => createPuppet(name, after(...names.slice(0, at).slice(-1))));
    const { supervisor, code } = start(puppets);
    supervisor.handle("SIGTERM");
    for (const stopped of puppets.toReversed()) {
      const got = puppets.map((puppet) => puppet.last().signals.length);
      assert.deepEqual(
        got,
        names.map((_, at) => Number(at >= puppets.indexOf(stopped))),
      );
      await stopped.last().end(0);
    }
    assert.equal(code(), 0);
  });

  test("starts no further unit", async () => {
    const job = createPuppet("job", { asked: true });
    const late = createPuppet("late", after("job"));
    const { supervisor, code } = start([job, late]);
    supervisor.handle("SIGTERM");
    await job.last().end(0);
    assert.deepEqual([late.processes.length, code()], [0, 0]);
  });

  test("the end of a critical unit stops the others at once, and the container exits with its code", async () => {
    const web = createPuppet("web");
    const job = createPuppet("job");
    const { supervisor, code } = start([web, job], { changes: { drainSeconds: 60 } });
    await job.last().end(9);
    assert.deepEqual(web.last().signals, ["SIGTERM"]);
    assert.equal(supervisor.state(), "stopping");
    await web.last().end(0);
    assert.equal(code(), 9);
  });

  test("other units may end: the container continues, and exits with the code of the last critical unit", async () => {
    const [web, job] = [createPuppet("web"), createPuppet("job", { critical: false })];
    const { supervisor, code } = start([web, job]);
    await job.last().end(9);
    assert.equal(supervisor.state(), "running");
    supervisor.handle("SIGTERM");
    await web.last().end(3);
    assert.equal(code(), 3);
  });

  test("abandon stops without draining, with the given code", async () => {
    const web = createPuppet("web");
    const { supervisor, code } = start([web], { changes: { drainSeconds: 60 } });
    supervisor.abandon(78);
    assert.deepEqual(web.last().signals, ["SIGTERM"]);
    await web.last().end(0);
    assert.equal(code(), 78);
  });
});

describe("signals", () => {
  test("go to all units, and may be rewritten", () => {
    const [web, app] = [createPuppet("web"), createPuppet("app")];
    const { supervisor } = start([web, app], { changes: { rewrites: { SIGHUP: "SIGUSR2", SIGWINCH: "none" } } });
    for (const signal of ["SIGUSR1", "SIGHUP", "SIGWINCH"] as const) supervisor.handle(signal);
    for (const { last } of [web, app]) assert.deepEqual(last().signals, ["SIGUSR1", "SIGUSR2"]);
  });

  test("that stop can be rewritten or dropped too", () => {
    const quitting = createPuppet("web");
    start([quitting], { changes: { rewrites: { SIGTERM: "SIGQUIT" } } }).supervisor.handle("SIGTERM");
    assert.deepEqual(quitting.last().signals, ["SIGQUIT"]);
    const staying = createPuppet("web");
    const { supervisor } = start([staying], { changes: { rewrites: { SIGTERM: "none" } } });
    supervisor.handle("SIGTERM");
    assert.deepEqual([supervisor.state(), staying.last().signals], ["running", []]);
  });

  test("that suspend go to the app first, and then suspend us", () => {
    const web = createPuppet("web");
    const { supervisor, suspended } = start([web], { changes: { rewrites: { SIGTTOU: "none" } } });
    for (const signal of ["SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGCONT"] as const) supervisor.handle(signal);
    assert.deepEqual(suspended, ["SIGTSTP", "SIGTSTP SIGTTIN"]);
  });

  test("still go to the app while it is draining and stopping", () => {
    const web = createPuppet("web");
    const { supervisor } = start([web], { changes: { drainSeconds: 5 } });
    for (const signal of ["SIGTERM", "SIGHUP", "SIGTERM", "SIGHUP", "SIGTERM"] as const) supervisor.handle(signal);
    assert.deepEqual(web.last().signals, ["SIGHUP", "SIGTERM", "SIGHUP", "SIGTERM"]);
  });
});

describe("processes that still run after the app's end", () => {
  test("get TERM; the container exits when they have ended", async () => {
    const web = createPuppet("web");
    const { clock, supervisor, swept, leftovers, lines, code } = start([web], { left: 2 });
    await web.last().end(5);
    assert.ok(
      lines.includes("info: processes still run after the app's end: they got SIGTERM, and have 10 s before SIGKILL"),
    );
    assert.deepEqual([supervisor.state(), swept], ["sweeping", ["SIGTERM"]]);
    leftovers.left = 1;
    supervisor.childEnded();
    assert.equal(supervisor.state(), "sweeping");
    leftovers.left = 0;
    supervisor.childEnded();
    await turnOfTheLoop();
    assert.deepEqual([code(), clock.due()], [5, []]);
  });

  test("get further stop signals", async () => {
    const web = createPuppet("web");
    const { supervisor, swept } = start([web], { left: 1 });
    await web.last().end(5);
    supervisor.handle("SIGINT");
    supervisor.handle("SIGHUP");
    assert.deepEqual(swept, ["SIGTERM", "SIGINT"]);
  });

  test("get KILL after the grace; the container exits even if they survive that", async () => {
    const web = createPuppet("web");
    const { clock, swept, lines, code } = start([web], { left: 1 });
    await web.last().end(5);
    clock.turn(9999);
    assert.deepEqual(swept, ["SIGTERM"]);
    clock.turn(1);
    assert.deepEqual(swept, ["SIGTERM", "SIGKILL"]);
    assert.ok(lines.includes("warn: processes still run 10 s after the app's end: sending SIGKILL"));
    clock.turn(2000);
    await turnOfTheLoop();
    assert.equal(code(), 5);
  });
});

describe("the exit code", () => {
  for (const { own, everHealthy, exitCodes = {}, stopped = true, code } of [
    { own: 0, everHealthy: false, code: 143 },
    { own: 3, everHealthy: false, code: 3 },
    { own: 0, everHealthy: true, code: 0 },
    { own: 0, everHealthy: false, stopped: false, code: 0 },
    { own: 143, everHealthy: true, exitCodes: { 143: 0 }, code: 0 },
    { own: 143, everHealthy: false, exitCodes: { 143: 0 }, code: 143 },
    { own: 0, everHealthy: true, exitCodes: { 0: 9 }, code: 9 },
  ]) {
    const how = `${stopped ? "stopped" : "by itself"}, ${everHealthy ? "once" : "never"} healthy`;
    test(`${own}, ${how}, with ${JSON.stringify(exitCodes)}, is ${code}`, async () => {
      const web = createPuppet("web");
      const container = start([web], { everHealthy, changes: { exitCodes } });
      if (stopped) container.supervisor.handle("SIGTERM");
      await web.last().end(own);
      assert.equal(container.code(), code);
    });
  }
});
