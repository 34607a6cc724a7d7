import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { paceOf } from "../../src/health/fleet-pace.ts";
import { createDependency, startMonitor } from "./start-monitor.ts";

describe("the pace of a fleet that waits for an upgrade", () => {
  for (const [what, size, lookMs, pace] of [
    ["a few instances look every half second", 25, 5, 500],
    ["a thousand make 50 looks a second", 1000, 5, 20_000],
    ["where a look takes 200 ms, a thousand hold five connections", 1000, 200, 40_000],
    ["so do a hundred", 100, 200, 4000],
  ] as const)
    test(what, () => assert.equal(paceOf(size, lookMs), pace));

  test("may be slower than a compatible dependency's first interval, up to its longest", async () => {
    const looksIn60s = async (waitingMs: number) => {
      const database = createDependency("db");
      database.show("behind");
      const dependency = { ...database.dependency, longestIntervalMs: 30_000, waitingIntervalMs: () => waitingMs };
      const { clock, monitor } = startMonitor([{ dependency }]);
      await clock.advance(60_000);
      await monitor.stop();
      return database.looks();
    };
    assert.equal(await looksIn60s(20_000), 4);
    assert.equal(await looksIn60s(100_000), 3);
  });
});
