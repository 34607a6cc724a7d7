import type { Unit } from "./unit.ts";

/** A process in the health check. */
export interface ProcessReport {
  readonly name: string;
  readonly state: string;
  readonly restarts: number;
  readonly status: "pass" | "warn" | "fail";
}

/** A critical process that is not ready fails the check: nginx without php-fpm answers only errors. */
export function reportUnit(unit: Unit): ProcessReport {
  const { name, critical } = unit.spec;
  const state = unit.state();
  const well = state === "running" || (state === "ended" && unit.code() === 0);
  return { name, state, restarts: unit.restarts(), status: well ? "pass" : critical ? "fail" : "warn" };
}
