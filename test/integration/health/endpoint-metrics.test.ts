import assert from "node:assert/strict";
import { test } from "node:test";
import { metrics as documented } from "../../../src/health/metrics.ts";
import { startWatched } from "../../harness/health.ts";

const app = { name: "shop", version: "2.3.0" };

interface Sample {
  readonly labels: string;
  readonly value: number;
}

/** Parses every line of the text format (https://prometheus.io/docs/instrumenting/exposition_formats). */
function parseMetrics(text: string): ReadonlyMap<string, readonly Sample[]> {
  const samples = new Map<string, Sample[]>();
  const types = new Map<string, string>();
  assert.ok(text.endsWith("\n"));
  for (const line of text.split("\n").filter(Boolean)) {
    const [, name = "", type = ""] = /^# TYPE (\w+) (gauge|counter)$/.exec(line) ?? [];
    if (type !== "") types.set(name, type);
    if (line.startsWith("#")) continue;
    const label = String.raw`[a-z_]+="(?:[^"\\\n]|\\["\\n])*"`;
    const match = new RegExp(String.raw`^([a-z_]+)(?:\{(${label}(?:,${label})*)\})? (\S+)$`).exec(line);
    assert.ok(match, line);
    const [, metric = "", labels = "", value = ""] = match;
    assert.ok(types.has(metric), `${metric} has no TYPE before it`);
    assert.equal(types.get(metric) === "counter", metric.endsWith("_total"), metric);
    samples.set(metric, [...(samples.get(metric) ?? []), { labels, value: Number(value) }]);
  }
  return samples;
}

test("one command: verdicts, looks, the app's state, restarts and upgrades", async () => {
  const dependencies = {
    well: { kind: "file", path: "/proc/sys/kernel/pid_max", requires: ">=1" },
    gone: { kind: "file", path: "/no/such/file", requires: ">=1", critical: false },
  };
  using watched = startWatched({ settings: { app, dependencies } });
  await watched.untilVerdict("well", "compatible");
  await watched.untilVerdict("gone", "unreachable");
  const metrics = parseMetrics((await watched.ask("/metrics")).text);
  // Without a schema, there is no ledger that knows the live instances.
  const needSchema = new Set(["dependency_pending", "instances", "instances_oldest_start_timestamp_seconds"]);
  for (const name of Object.keys(documented)) assert.ok(metrics.has(`seaworthy_${name}`) || needSchema.has(name), name);
  assert.ok(!metrics.has("seaworthy_instances"));
  const of = (name: string) => metrics.get(`seaworthy_${name}`) ?? [];
  assert.deepEqual(of("info"), [{ labels: 'app="shop",version="2.3.0"', value: 1 }]);
  assert.deepEqual(of("dependency_verdict"), [
    { labels: 'dependency="well",kind="file",verdict="compatible"', value: 1 },
    { labels: 'dependency="gone",kind="file",verdict="unreachable"', value: 1 },
  ]);
  assert.deepEqual(
    of("dependency_status").map(({ value }) => value),
    [1, 0.5],
  );
  assert.deepEqual(of("health_status").find(({ value }) => value === 1)?.labels, 'status="warn"');
  for (const name of ["dependency_last_look_seconds", "dependency_look_duration_seconds"]) {
    assert.equal(of(name).length, 2, name);
    for (const { value } of of(name)) assert.ok(value >= 0 && value < 60, `${name} ${value}`);
  }
  assert.deepEqual(of("process_state"), [{ labels: 'process="the app",state="running"', value: 1 }]);
  assert.deepEqual(of("process_restarts_total"), [{ labels: 'process="the app"', value: 0 }]);
  assert.deepEqual(of("upgrades_total"), [{ labels: "", value: 0 }]);
  assert.deepEqual(of("app_started"), [{ labels: "", value: 1 }]);
});

test("several processes: restarts are counted, and shown in health", async () => {
  const processes = {
    web: { command: ["sleep", "infinity"] },
    worker: { command: ["sh", "-c", "exit 1"], restart: "always", critical: false },
  };
  using watched = startWatched({ argv: [], settings: { app, processes } });
  await watched.until("two restarts", () => (watched.stderr().match(/worker/g)?.length ?? 0) >= 4);
  const metrics = parseMetrics((await watched.ask("/metrics")).text);
  const restarts = metrics.get("seaworthy_process_restarts_total")?.find(({ labels }) => labels.includes("worker"));
  assert.ok((restarts?.value ?? 0) >= 1, JSON.stringify(restarts));
  const { body, status } = await watched.health();
  assert.equal(status, 200);
  assert.ok(body.checks?.["worker:process"]);
});

test("labels can hold any value from the configuration", async () => {
  const name = 'sh"op\\ \n';
  using watched = startWatched({ settings: { app: { name, version: "2.3.0" } } });
  const metrics = parseMetrics((await watched.ask("/metrics")).text);
  assert.equal(metrics.get("seaworthy_info")?.length, 1);
});
