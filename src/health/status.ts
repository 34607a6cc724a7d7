import type { Observation } from "../kernel/observation.ts";

/** As in health+json (draft-inadarei-api-health-check-06, §3.1): pass and warn are 200, fail is 503. */
export type HealthStatus = "pass" | "warn" | "fail";

export interface StatusRule {
  /** False: it can only warn. */
  readonly critical: boolean;
  readonly whenUnreachable: "warn" | "fail";
  /** Whether the dependency was seen compatible since this container started. */
  readonly wasCompatible: boolean;
}

/**
 * Only `compatible` passes. `unreachable` is a warning once the dependency was seen compatible: a database that blinks
 * must not kill every container at once, and a lost connection is no evidence that the schema went back.
 */
export function statusOf(
  { verdict }: Observation,
  { critical, whenUnreachable, wasCompatible }: StatusRule,
): HealthStatus {
  if (verdict === "compatible") return "pass";
  if (verdict === "unreachable" && wasCompatible && whenUnreachable === "warn") return "warn";
  return critical ? "fail" : "warn";
}

/** The worst of them; nothing to check is a pass. */
export function worstOf(statuses: readonly HealthStatus[]): HealthStatus {
  if (statuses.includes("fail")) return "fail";
  return statuses.includes("warn") ? "warn" : "pass";
}
