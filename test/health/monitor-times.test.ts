import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Observation } from "../../src/kernel/observation.ts";
import { createDependency, startMonitor } from "./start-monitor.ts";

describe("the times of looks", () => {
  test("are half a second apart while waiting for an upgrade, and ten seconds once compatible", async () => {
    const database = createDependency("db");
    database.show("behind");
    const { clock, monitor } = startMonitor([database]);
    await clock.advance(5000);
    assert.equal(database.looks(), 11);
    database.show("compatible");
    await clock.advance(500);
    assert.equal(database.looks(), 12);
    await clock.advance(60_000);
    assert.equal(database.looks(), 18);
    await monitor.stop();
    await clock.advance(60_000);
    assert.equal(database.looks(), 18);
  });

  test("are further and further apart while it is unreachable, and as usual afterwards", async () => {
    const database = createDependency("db");
    database.show("unreachable");
    const { clock, monitor } = startMonitor([database]);
    const seen: number[] = [];
    for (let second = 1; second <= 60; second++) {
      const before = database.looks();
      await clock.advance(1000);
      if (database.looks() > before) seen.push(second);
    }
    // At 0, 0.5, 1.5, 3.5, 7.5, 15.5, and then every ten.
    assert.deepEqual(seen, [1, 2, 4, 8, 16, 26, 36, 46, 56]);
    database.show("behind");
    await clock.advance(10_000);
    const before = database.looks();
    await clock.advance(1000);
    assert.equal(database.looks() - before, 2);
    await monitor.stop();
  });

  test("never overlap for one dependency", async () => {
    let looking = 0;
    const gate = Promise.withResolvers<void>();
    const look = async (): Promise<Observation> => {
      looking++;
      await gate.promise;
      return { verdict: "compatible" };
    };
    const { clock, monitor } = startMonitor([{ dependency: { ...createDependency("db").dependency, look } }]);
    await clock.advance(30_000);
    assert.equal(looking, 1);
    gate.resolve();
    await monitor.stop();
  });
});
