import type { Unit } from "./unit.ts";

/** One process as the health check shows it. */
export interface ProcessReport {
  readonly name: string;
  readonly state: string;
  readonly restarts: number;
  readonly status: "pass" | "warn" | "fail";
}

/** A process that is not ready fails the check where it is critical: nginx without php-fpm answers nothing but errors. */
export function reportUnit(unit: Unit): ProcessReport {
  const { name, critical } = unit.spec;
  const state = unit.state();
  const well = state === "running" || (state === "ended" && unit.code() === 0);
  return { name, state, restarts: unit.restarts(), status: well ? "pass" : critical ? "fail" : "warn" };
}
