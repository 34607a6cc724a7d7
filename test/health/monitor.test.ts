import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WatchedDependency } from "../../src/health/dependency-watch.ts";
import { createMonitor } from "../../src/health/monitor.ts";
import type { Clock } from "../../src/kernel/clock.ts";
import { createLog } from "../../src/kernel/log.ts";
import type { Observation, Verdict } from "../../src/kernel/observation.ts";

/** A clock that moves only when a test moves it. */
function createHandClock(): Clock & { readonly advance: (milliseconds: number) => Promise<void> } {
  let now = 0;
  let timers: readonly { readonly at: number; readonly run: () => void }[] = [];
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    after(milliseconds, run) {
      const timer = { at: now + milliseconds, run };
      timers = [...timers, timer];
      return () => void (timers = timers.filter((other) => other !== timer));
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      await settle();
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        now = next.at;
        timers = timers.filter((timer) => timer !== next);
        next.run();
        await settle();
      }
      now = end;
    },
  };
}

/** A dependency with a verdict that the test sets. It counts the looks. */
function createDependency(
  name: string,
  { whenUnreachable = "warn", critical = true }: Partial<Pick<WatchedDependency, "whenUnreachable" | "critical">> = {},
) {
  let looks = 0;
  let shown: Observation | Error = { verdict: "compatible" };
  const dependency: WatchedDependency = {
    name,
    kind: "schema",
    componentType: "component",
    critical,
    whenUnreachable,
    intervalMs: 10_000,
    look: async () => {
      looks++;
      if (shown instanceof Error) throw shown;
      return shown;
    },
  };
  return {
    dependency,
    looks: () => looks,
    show: (verdict: Verdict) => void (shown = { verdict, reason: `it is ${verdict}` }),
    fail: (error: Error) => void (shown = error),
  };
}

function startMonitor(dependencies: readonly { readonly dependency: WatchedDependency }[]) {
  const clock = createHandClock();
  const lines: string[] = [];
  const log = createLog({
    style: () => ({ format: "human", level: "debug", colour: false, terminal: false }),
    redact: (text) => text,
    write: (line) => void lines.push(line.trim()),
    now: clock.now,
  });
  // No jitter: 0.5 is its middle.
  const monitor = createMonitor({
    dependencies: dependencies.map(({ dependency }) => dependency),
    clock,
    random: () => 0.5,
    onLook: () => {},
    log,
  });
  monitor.start();
  return { clock, monitor, lines };
}

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
