import type { Observation } from "../kernel/observation.ts";

/** The status in health+json (draft-inadarei-api-health-check-06, §3.1): pass and warn are 200, fail is 503. */
export type HealthStatus = "pass" | "warn" | "fail";

export interface StatusRule {
  /** If false, it can only warn. */
  readonly critical: boolean;
  readonly whenUnreachable: "warn" | "fail";
  /** Whether the dependency has been compatible since this container started. */
  readonly wasCompatible: boolean;
}

/**
 * Only `compatible` passes. Once the dependency has been compatible, `unreachable` is a warning: a short outage of the
 * database must not kill all containers at once, and a lost connection does not mean that the schema was rolled back. A server
 * without a free connection is always a warning then: it may serve the app all the same.
 */
export function statusOf(
  { verdict, isCrowded = false }: Observation,
  { critical, whenUnreachable, wasCompatible }: StatusRule,
): HealthStatus {
  if (verdict === "compatible") return "pass";
  if (verdict === "unreachable" && wasCompatible && (whenUnreachable === "warn" || isCrowded)) return "warn";
  return critical ? "fail" : "warn";
}

/** The worst status. Without any, it is a pass. */
export function worstOf(statuses: readonly HealthStatus[]): HealthStatus {
  if (statuses.includes("fail")) return "fail";
  return statuses.includes("warn") ? "warn" : "pass";
}
