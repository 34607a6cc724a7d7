import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Observation } from "../../src/kernel/observation.ts";
import { createDependency, startMonitor } from "./start-monitor.ts";

describe("the result", () => {
  test("is unknown and fail before the first look", async () => {
    const { monitor } = startMonitor([createDependency("db")]);
    assert.equal(monitor.status(), "fail");
    assert.equal(monitor.checks()[0]?.observation.verdict, "unknown");
    await monitor.stop();
  });

  test("is pass without dependencies", async () => {
    const { monitor } = startMonitor([]);
    assert.deepEqual([monitor.status(), monitor.checks()], ["pass", []]);
    await monitor.stop();
  });

  for (const [whenUnreachable, before, after] of [
    ["warn", "fail", "warn"],
    ["fail", "fail", "fail"],
  ] as const) {
    test(`unreachable with whenUnreachable: ${whenUnreachable}`, async () => {
      const database = createDependency("db", { whenUnreachable });
      database.show("unreachable");
      const { clock, monitor } = startMonitor([database]);
      await clock.advance(1000);
      assert.equal(monitor.status(), before);
      database.show("compatible");
      await clock.advance(60_000);
      assert.equal(monitor.status(), "pass");
      database.show("unreachable");
      await clock.advance(20_000);
      assert.equal(monitor.status(), after);
      await monitor.stop();
    });
  }

  for (const verdict of ["behind", "outgrown", "dirty", "upgrading", "unreadable"] as const) {
    test(`${verdict} is fail, even after it was compatible`, async () => {
      const database = createDependency("db");
      const { clock, monitor } = startMonitor([database]);
      await clock.advance(0);
      assert.equal(monitor.status(), "pass");
      database.show(verdict);
      await clock.advance(20_000);
      assert.equal(monitor.status(), "fail");
      await monitor.stop();
    });
  }

  test("is at most warn for a dependency that is not critical", async () => {
    const database = createDependency("db", { critical: false });
    database.show("behind");
    const { clock, monitor } = startMonitor([database]);
    await clock.advance(0);
    assert.equal(monitor.status(), "warn");
    await monitor.stop();
  });

  test("lookNow looks at once, and once more if a look is already running", async () => {
    const [one, two] = [createDependency("one"), createDependency("two")];
    const { clock, monitor } = startMonitor([one, two]);
    await clock.advance(0);
    monitor.lookNow(new Set(["one"]));
    monitor.lookNow(new Set(["one"]));
    await clock.advance(0);
    assert.deepEqual([one.looks(), two.looks()], [3, 1]);
    await monitor.stop();
  });

  test("is the worst of several", async () => {
    const [one, two] = [createDependency("one"), createDependency("two")];
    const { clock, monitor } = startMonitor([one, two]);
    await clock.advance(0);
    assert.equal(monitor.status(), "pass");
    two.show("unreachable");
    await clock.advance(20_000);
    assert.equal(monitor.status(), "warn");
    one.show("behind");
    await clock.advance(20_000);
    assert.equal(monitor.status(), "fail");
    assert.deepEqual(
      monitor.checks().map(({ name, status }) => [name, status]),
      [
        ["one", "fail"],
        ["two", "warn"],
      ],
    );
    await monitor.stop();
  });

  test("is unknown if the last look is too old", async () => {
    let looks = 0;
    const stuck = new Promise<Observation>(() => {});
    const look = () => (looks++ === 0 ? Promise.resolve<Observation>({ verdict: "compatible" }) : stuck);
    const { clock, monitor } = startMonitor([{ dependency: { ...createDependency("db").dependency, look } }]);
    // Two intervals of ten seconds.
    await clock.advance(19_000);
    assert.equal(monitor.status(), "pass");
    await clock.advance(2000);
    assert.equal(monitor.status(), "fail");
    assert.equal(monitor.checks()[0]?.observation.verdict, "unknown");
  });

  test("is unreadable if a look throws, and looks continue", async () => {
    const database = createDependency("db");
    database.fail(new Error("oops"));
    const { clock, monitor } = startMonitor([database]);
    await clock.advance(0);
    assert.deepEqual(monitor.checks()[0]?.observation, { verdict: "unreadable", reason: "internal error: oops" });
    database.show("compatible");
    await clock.advance(1000);
    assert.equal(monitor.status(), "pass");
    await monitor.stop();
  });

  test("logs every change of the verdict once, with its reason, and keeps its time", async () => {
    const database = createDependency("db");
    database.show("behind");
    const { clock, monitor, lines } = startMonitor([database]);
    await clock.advance(3000);
    database.show("compatible");
    await clock.advance(3000);
    const { since, lookedAt } = monitor.checks()[0] ?? {};
    assert.deepEqual([since, lookedAt], [3500, 3500]);
    assert.deepEqual(lines, [
      "seaworthy: warning: db: unknown → behind: it is behind",
      "seaworthy: db: behind → compatible: it is compatible",
    ]);
    await monitor.stop();
  });
});
