import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import { limitLook } from "../../../src/dependencies/limit-look.ts";
import type { WatchedDependency } from "../../../src/health/dependency-watch.ts";
import { createMonitor } from "../../../src/health/monitor.ts";
import type { Log } from "../../../src/kernel/log.ts";
import type { Observation } from "../../../src/kernel/observation.ts";
import { createHandClock } from "../../harness/hand-clock.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, progress() {} };

/** A monitor of one dependency, with a manual clock. */
function startMonitor(look: () => Promise<Observation>, more: Partial<WatchedDependency> = {}, random = () => 0.5) {
  const clock = createHandClock();
  const dependency = {
    name: "one",
    kind: "tcp",
    componentType: "component",
    critical: true,
    whenUnreachable: "warn",
    intervalMs: 10_000,
    ...more,
  } as const;
  const monitor = createMonitor({
    dependencies: [{ ...dependency, look }],
    clock,
    random,
    log: silent,
    onLook: () => {},
  });
  monitor.start();
  const turn = async (milliseconds: number) => {
    await settled();
    clock.turn(milliseconds);
    await settled();
  };
  return { clock, monitor, turn, verdict: () => monitor.checks()[0]?.observation.verdict };
}

/** The pause before the next look. The timer that detects a stall is always later. */
async function pauseAfter(verdict: Observation["verdict"], more: Partial<WatchedDependency>, random: () => number) {
  const { clock, monitor } = startMonitor(async () => ({ verdict, reason: "because" }), more, random);
  await settled();
  const [pause = 0] = clock.due();
  await monitor.stop();
  return pause;
}

test("pauses have a random jitter of a fifth, drawn each time", async () => {
  assert.equal(await pauseAfter("compatible", {}, () => 0), 8000);
  assert.ok(Math.abs((await pauseAfter("compatible", {}, () => 0.999_999)) - 12_000) < 1);
  assert.equal(await pauseAfter("behind", {}, () => 0), 400);
  assert.ok(Math.abs((await pauseAfter("behind", {}, () => 0.999_999)) - 600) < 1);
  const drawn = await Promise.all(Array.from({ length: 100 }, () => pauseAfter("compatible", {}, Math.random)));
  assert.ok(new Set(drawn).size > 90, "containers must not ask at the same moment");
});

test("no pause is longer than the interval, which also limits the backoff", async () => {
  const looks: number[] = [];
  let now = () => 0;
  const { clock, monitor, turn } = startMonitor(
    async () => {
      looks.push(now());
      return { verdict: "unreachable", reason: "because" };
    },
    { intervalMs: 2000 },
  );
  ({ now } = clock);
  for (let index = 0; index < 100; index++) await turn(100);
  assert.deepEqual(looks, [0, 500, 1500, 3500, 5500, 7500, 9500]);
  await monitor.stop();
  assert.equal(await pauseAfter("behind", { intervalMs: 100 }, () => 0.5), 100);
});

test("a stuck monitor fails after two intervals, and recovers when it looks again", async () => {
  let stuck = Promise.withResolvers<Observation>();
  let looks = 0;
  const { monitor, turn, verdict } = startMonitor(() =>
    looks++ === 0 ? Promise.resolve({ verdict: "compatible" }) : stuck.promise,
  );
  await turn(19_999);
  assert.equal(monitor.status(), "pass");
  await turn(1);
  assert.deepEqual([monitor.status(), verdict()], ["fail", "unknown"]);
  assert.match(monitor.checks()[0]?.observation.reason ?? "", /stuck/);
  // However long it takes, no second look starts beside the stuck one.
  await turn(600_000);
  assert.equal(looks, 2);
  const { resolve } = stuck;
  stuck = Promise.withResolvers();
  resolve({ verdict: "compatible" });
  await turn(0);
  assert.deepEqual([monitor.status(), verdict()], ["pass", "compatible"]);
});

test("control: one that looks is never stuck, after any time", async () => {
  const { monitor, turn } = startMonitor(async () => ({ verdict: "compatible" }));
  for (let index = 0; index < 2000; index++) {
    await turn(1000);
    assert.equal(monitor.status(), "pass");
  }
  await monitor.stop();
});

test("a change of the wall clock does not affect the age of a result", async () => {
  let offset = 0;
  const clock = createHandClock();
  const wall = { ...clock, now: () => clock.now() + offset };
  let looks = 0;
  const look = (): Promise<Observation> =>
    looks++ === 0 ? Promise.resolve({ verdict: "compatible" }) : new Promise(() => {});
  const dependency = {
    name: "one",
    kind: "tcp",
    componentType: "component",
    critical: true,
    whenUnreachable: "warn",
    intervalMs: 10_000,
    look,
  } as const;
  const monitor = createMonitor({
    dependencies: [dependency],
    clock: wall,
    random: () => 0.5,
    log: silent,
    onLook: () => {},
  });
  monitor.start();
  await settled();
  offset = 86_400_000;
  assert.equal(monitor.status(), "pass", "the clock was set forward by an hour");
  offset = -86_400_000;
  clock.turn(30_000);
  assert.equal(monitor.status(), "fail", "the clock was set back by an hour");
});

test("a look that ignores its timeout is abandoned, and not started twice", async () => {
  const clock = createHandClock();
  const stuck = Promise.withResolvers<Observation>();
  let looks = 0;
  const look = limitLook(() => (looks++, stuck.promise), 2000, clock);
  for (let round = 0; round < 3; round++) {
    const result = look();
    clock.turn(2000);
    assert.deepEqual(await result, { verdict: "unreachable", reason: "no answer within 2000 ms" });
  }
  assert.equal(looks, 1);
  stuck.resolve({ verdict: "compatible" });
  assert.deepEqual(await look(), { verdict: "compatible" });
  assert.deepEqual(clock.due(), [], "no timer is left");
});
