import { Counter, Gauge, Registry } from "prom-client";
import type { HealthView } from "./body.ts";

interface Metric {
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly labels: readonly string[];
}

/** Every metric, without the prefix `seaworthy_`. The table in docs/reference/metrics.md is made from this list. */
export const metrics = {
  info: { type: "gauge", help: "Always 1: the app and its version.", labels: ["app", "version"] },
  health_status: {
    type: "gauge",
    help: "1 for the health check's current status, 0 for the others.",
    labels: ["status"],
  },
  phase: { type: "gauge", help: "Always 1: the phase of this container.", labels: ["phase"] },
  app_started: { type: "gauge", help: "1 once every process has started and is ready.", labels: [] },
  dependency_verdict: {
    type: "gauge",
    help: "Always 1: the verdict on a dependency.",
    labels: ["dependency", "kind", "verdict"],
  },
  dependency_status: { type: "gauge", help: "1 pass, 0.5 warn, 0 fail.", labels: ["dependency"] },
  dependency_last_look_seconds: { type: "gauge", help: "Seconds since the last look ended.", labels: ["dependency"] },
  dependency_look_duration_seconds: { type: "gauge", help: "How long the last look took.", labels: ["dependency"] },
  dependency_pending: { type: "gauge", help: "Number of pending migrations.", labels: ["dependency"] },
  process_state: { type: "gauge", help: "Always 1: the state of a process.", labels: ["process", "state"] },
  process_restarts_total: { type: "counter", help: "How often a process was restarted.", labels: ["process"] },
  upgrades_total: {
    type: "counter",
    help: "Number of upgrades that have announced their end to this container.",
    labels: [],
  },
  instances: { type: "gauge", help: "Number of live instances of the app, in all containers.", labels: ["version"] },
  instances_oldest_start_timestamp_seconds: {
    type: "gauge",
    help: "Start of the oldest live instance, in Unix time.",
    labels: ["version"],
  },
  instances_last_count_timestamp_seconds: {
    type: "gauge",
    help: "When the instances were counted, in Unix time. 0: never.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, Metric>>;

type Name = keyof typeof metrics;
type Labels<N extends Name> = Readonly<Record<(typeof metrics)[N]["labels"][number], string>>;

/** This container's metrics in Prometheus's text format. They are built at every scrape, so none is outdated. */
export async function renderMetrics(view: HealthView, now: number) {
  const { app, phase, status, started, checks, units, upgrades } = view;
  const registry = new Registry();
  const record = createRecorder(registry);

  record("info", { app: app.name, version: app.version ?? "" }, 1);
  for (const one of ["pass", "warn", "fail"]) record("health_status", { status: one }, one === status ? 1 : 0);
  record("phase", { phase }, 1);
  record("app_started", {}, started ? 1 : 0);
  for (const { name: dependency, kind, status: own, observation, lookedAt, lookMs } of checks) {
    record("dependency_verdict", { dependency, kind, verdict: observation.verdict }, 1);
    record("dependency_status", { dependency }, own === "pass" ? 1 : own === "warn" ? 0.5 : 0);
    record("dependency_pending", { dependency }, observation.pending?.length ?? 0);
    if (lookedAt !== undefined)
      record("dependency_last_look_seconds", { dependency }, Math.max(0, now - lookedAt) / 1000);
    if (lookMs !== undefined) record("dependency_look_duration_seconds", { dependency }, lookMs / 1000);
  }
  for (const { name, state, restarts } of units) {
    record("process_state", { process: name, state }, 1);
    record("process_restarts_total", { process: name }, restarts);
  }
  record("upgrades_total", {}, upgrades);
  const live = view.liveInstances?.();
  for (const { version = "", count, since } of live?.versions ?? []) {
    record("instances", { version }, count);
    record("instances_oldest_start_timestamp_seconds", { version }, Date.parse(since) / 1000);
  }
  record("instances_last_count_timestamp_seconds", {}, (live?.countedAt ?? 0) / 1000);
  return { contentType: registry.contentType, body: await registry.metrics() };
}

/** Registers every metric, even without a value. */
function createRecorder(registry: Registry) {
  const made = new Map(
    Object.entries<Metric>(metrics).map(([name, { type, help, labels }]) => {
      const settings = { name: `seaworthy_${name}`, help, labelNames: [...labels], registers: [registry] };
      return [name, type === "gauge" ? new Gauge(settings) : new Counter(settings)];
    }),
  );
  // The counters are new, so adding a value sets it.
  return <N extends Name>(name: N, labels: Labels<N>, value: number) => made.get(name)?.inc(labels, value);
}
