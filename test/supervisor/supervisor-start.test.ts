import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { createPuppet } from "../harness/units.ts";
import { after, start } from "./start-container.ts";

describe("starting", () => {
  test("each unit starts once all units in its `after` are ready or have ended with 0", async () => {
    const database = createPuppet("database", { asked: true });
    const setup = createPuppet("setup", { critical: false });
    const web = createPuppet("web", after("database", "setup"));
    start([database, setup, web]);
    await database.ready();
    // It has no readiness check, so it is ready once it runs.
    assert.equal(web.processes.length, 1);
    const job = createPuppet("job", { asked: true, critical: false });
    const late = createPuppet("late", after("job"));
    start([job, late]);
    await job.last().end(0);
    assert.equal(late.processes.length, 1);
  });

  test("a unit that fails keeps the units after it waiting", async () => {
    const job = createPuppet("job", { asked: true, critical: false, restart: "on-failure" });
    const late = createPuppet("late", after("job"));
    const { clock, supervisor } = start([job, late]);
    await job.last().end(1);
    assert.deepEqual(
      supervisor.units.map((unit) => unit.state()),
      ["backoff", "waiting"],
    );
    clock.turn(500);
    await job.ready();
    assert.equal(late.processes.length, 1);
  });
});

describe("held units", () => {
  test("start once when they are released", () => {
    const web = createPuppet("web");
    const { supervisor } = start([web], { changes: { held: true } });
    assert.equal(web.processes.length, 0);
    supervisor.release();
    supervisor.release();
    assert.equal(web.processes.length, 1);
  });

  test("never start if a signal that ends a process comes first", async () => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const) {
      const web = createPuppet("web");
      const changes = { held: true, stopSignals: ["SIGTERM"] as const };
      const { supervisor, code } = start([web], { changes, everHealthy: false });
      supervisor.handle("SIGUSR1");
      assert.equal(supervisor.state(), "running");
      supervisor.handle(signal);
      supervisor.release();
      await turnOfTheLoop();
      assert.deepEqual([web.processes.length, code()], [0, 143], signal);
    }
  });
});
