import { Counter, Gauge, Registry } from "prom-client";
import type { HealthView } from "./body.ts";

/** The metrics of this container in Prometheus's text format. Made anew at every scrape: there is nothing to forget. */
export async function renderMetrics(view: HealthView, now: number) {
  const { app, phase, status, started, checks, units, upgrades } = view;
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `seaworthy_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const counter = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Counter({ name: `seaworthy_${name}`, help, labelNames: [...labelNames], registers: [registry] });

  gauge("info", "Always 1: the app and its version.", ["app", "version"]).set(
    { app: app.name, version: app.version ?? "" },
    1,
  );
  const health = gauge("health_status", "1 for the status that the health check has.", ["status"]);
  for (const one of ["pass", "warn", "fail"]) health.set({ status: one }, one === status ? 1 : 0);
  gauge("phase", "Always 1: what this container is doing.", ["phase"]).set({ phase }, 1);
  gauge("app_started", "1 once every process is started and ready.").set(started ? 1 : 0);

  const verdict = gauge("dependency_verdict", "Always 1: the verdict on a dependency.", [
    "dependency",
    "kind",
    "verdict",
  ]);
  const passing = gauge("dependency_status", "1 pass, 0.5 warn, 0 fail.", ["dependency"]);
  const age = gauge("dependency_last_look_seconds", "Seconds since the last look ended.", ["dependency"]);
  const duration = gauge("dependency_look_duration_seconds", "How long the last look took.", ["dependency"]);
  const pending = gauge("dependency_pending", "How many migrations are not applied.", ["dependency"]);
  for (const { name: dependency, kind, status: own, observation, lookedAt, lookMs } of checks) {
    verdict.set({ dependency, kind, verdict: observation.verdict }, 1);
    passing.set({ dependency }, own === "pass" ? 1 : own === "warn" ? 0.5 : 0);
    pending.set({ dependency }, observation.pending?.length ?? 0);
    if (lookedAt !== undefined) age.set({ dependency }, Math.max(0, now - lookedAt) / 1000);
    if (lookMs !== undefined) duration.set({ dependency }, lookMs / 1000);
  }

  const state = gauge("process_state", "Always 1: the state of a process.", ["process", "state"]);
  const restarts = counter("process_restarts_total", "How often a process was started again.", ["process"]);
  for (const { name, state: current, restarts: count } of units) {
    state.set({ process: name, state: current }, 1);
    restarts.inc({ process: name }, count);
  }
  counter("upgrades_total", "How many ends of upgrades were announced to this container.").inc(upgrades);
  return { contentType: registry.contentType, body: await registry.metrics() };
}
