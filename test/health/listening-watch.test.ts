import assert from "node:assert/strict";
import { test } from "node:test";
import { ListeningWatch, type FoundAddress, type ProcessRun } from "../../src/health/listening-watch.ts";
import { createHandClock } from "../harness/hand-clock.ts";

/** Processes by name. A test sets their pids, and which of the pids listen. */
function createWatch(...names: readonly string[]) {
  const clock = createHandClock();
  const pids = new Map<string, number>();
  const listening = new Set<number>();
  const lines: string[] = [];
  const looks: number[] = [];
  const write = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  const log = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    progress: write("info"),
  };
  const find = (runs: readonly ProcessRun[]) => {
    looks.push(clock.now());
    const found = runs.filter(({ pid }) => listening.has(pid));
    return new Map<ProcessRun, FoundAddress>(found.map((run) => [run, { address: `:${run.pid}`, byUser: false }]));
  };
  const awaited = names.map((name) => ({ name, key: `processes.${name}.ready`, pid: () => pids.get(name) }));
  const watch = new ListeningWatch(awaited, "app", { clock, log, find, onReady: () => {} });
  const run = (name: string, pid: number | undefined) => {
    if (pid === undefined) pids.delete(name);
    else pids.set(name, pid);
    watch.processChanged();
  };
  return { clock, watch, run, listening, lines, looks, reason: () => watch.check()?.observation.reason };
}

test("every process must listen, and a look costs nothing once each does", () => {
  const { clock, run, listening, looks, reason } = createWatch("web", "api");
  assert.equal(reason(), undefined);
  run("web", 1);
  run("api", 2);
  assert.equal(reason(), "the app is not ready: web and api do not listen yet");
  listening.add(1);
  clock.turn(200);
  assert.equal(reason(), "the app is not ready: api does not listen yet");
  listening.add(2);
  clock.turn(200);
  assert.equal(reason(), undefined);
  assert.deepEqual(clock.due(), []);
  const before = looks.length;
  clock.turn(60_000);
  assert.equal(looks.length, before);
});

test("a look at once, and then often and evenly until the process listens", () => {
  const { clock, run, looks } = createWatch("web");
  run("web", 1);
  assert.deepEqual(looks, [0]);
  clock.turn(29_000);
  assert.ok(looks.length >= 29, `${looks.length} looks`);
});

test("the same check for as long as its reason is the same", () => {
  const { clock, watch, run } = createWatch("web");
  run("web", 1);
  const check = watch.check();
  assert.equal(check?.status, "fail");
  clock.turn(10_000);
  assert.equal(watch.check(), check);
});

test("a process that ends must listen again, with a limit of its own", () => {
  const { clock, run, listening, lines, reason } = createWatch("web");
  run("web", 1);
  listening.add(1);
  clock.turn(200);
  run("web", undefined);
  assert.equal(reason(), undefined, "the supervisor says that it does not run");
  run("web", 2);
  assert.equal(reason(), "the app is not ready: web does not listen yet");
  clock.turn(29_000);
  run("web", undefined);
  run("web", 3);
  clock.turn(29_000);
  assert.equal(reason(), "the app is not ready: web does not listen yet");
  listening.add(3);
  clock.turn(2000);
  assert.equal(reason(), undefined);
  assert.deepEqual(
    lines.map((line) => line.split(":", 1)[0]),
    ["info", "info"],
  );
});

test("a worker is ready after 30 s, and its next runs at once", () => {
  const { clock, run, lines, reason } = createWatch("jobs");
  run("jobs", 1);
  clock.turn(29_999);
  assert.ok(reason());
  clock.turn(1);
  assert.equal(reason(), undefined);
  assert.match(lines.join("\n"), /^warn: jobs does not listen .* after 30 s: .* set processes\.jobs\.ready: false, /);
  assert.deepEqual(clock.due(), []);
  run("jobs", undefined);
  run("jobs", 2);
  assert.equal(reason(), undefined);
  assert.deepEqual(clock.due(), []);
});
