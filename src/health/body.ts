import type { ComponentType } from "../kernel/observation.ts";
import type { CheckResult } from "./dependency-watch.ts";
import type { HealthStatus } from "./status.ts";

/** The container's state for the endpoint. It is read at every request, so reading it must not do I/O. */
export interface HealthView {
  readonly app: { readonly name: string; readonly version?: string };
  /**
   * - `holding`: the app starts once its dependencies are compatible
   * - `draining`: asked to stop
   * - `upgrade`: this container only runs an upgrade
   */
  readonly phase: "run" | "holding" | "draining" | "upgrade";
  /** Whether every process has started, and every process with a readiness check is ready. */
  readonly started: boolean;
  readonly status: HealthStatus;
  readonly checks: readonly CheckResult[];
  /** The processes that the health check shows. Empty if there is only the app. */
  readonly processes: readonly ProcessCheck[];
  /** All processes, even if there is only one. */
  readonly units: readonly ProcessCheck[];
  /** Hints for people although nothing fails. */
  readonly notes: readonly string[];
  /** How many upgrades have announced their end to this container. */
  readonly upgrades: number;
  /** The live instances of the app at their last count, which is repeated once this was called. Undefined before the first. */
  readonly liveInstances?: (() => CountedInstances | undefined) | undefined;
}

/** The live instances of the app, by version. */
export interface CountedInstances {
  readonly versions: readonly {
    /** Undefined if the image does not say. */
    readonly version: string | undefined;
    readonly count: number;
    /** The start of the oldest, in ISO 8601. */
    readonly since: string;
  }[];
  /** In milliseconds since 1970. */
  readonly countedAt: number;
}

/** A process of this container (supervisor/report.ts). */
export interface ProcessCheck {
  readonly name: string;
  readonly state: string;
  readonly restarts: number;
  readonly status: HealthStatus;
}

/** A health+json document (draft-inadarei-api-health-check-06, §3). Keys beyond the draft: phase, verdict, needed, pending. */
export interface HealthBody {
  readonly status: HealthStatus;
  readonly version?: string;
  readonly serviceId: string;
  readonly description: string;
  readonly phase: HealthView["phase"];
  readonly output?: string;
  readonly notes?: readonly string[];
  readonly checks: Readonly<Record<string, readonly HealthCheck[]>>;
}

interface HealthCheck {
  readonly componentId: string;
  readonly componentType: ComponentType;
  readonly observedValue?: string;
  readonly neededValue?: string;
  readonly status: HealthStatus;
  readonly verdict?: string;
  readonly restarts?: number;
  readonly time?: string;
  readonly since?: string;
  readonly output?: string;
  /** The names of the first ten missing migrations. `pendingCount` has the total. */
  readonly pending?: readonly string[];
  readonly pendingCount?: number;
}

type Answered = Pick<HealthView, "status" | "checks" | "processes"> & Partial<Pick<HealthView, "notes">>;

/** The body for the whole container, or, with other checks, for a part of it. */
export function healthBody(view: HealthView, { status, checks, processes, notes = [] }: Answered = view): HealthBody {
  const output = status === "pass" ? "" : outputOf(view.phase, checks, processes);
  return {
    status,
    ...(view.app.version !== undefined && { version: view.app.version }),
    serviceId: view.app.name,
    description: `dependencies of ${view.app.name}`,
    phase: view.phase,
    ...(output !== "" && { output }),
    ...(notes.length > 0 && { notes }),
    checks: Object.fromEntries([
      ...checks.map((check) => [`${check.name}:version`, [healthCheck(check)]] as const),
      ...processes.map((check) => [`${check.name}:process`, [processCheck(check)]] as const),
    ]),
  };
}

const phaseOutput: Readonly<Partial<Record<HealthView["phase"], string>>> = {
  draining: "draining: this container is being stopped",
  holding: "holding: the app starts when its dependencies are compatible",
};

/** One line for people who read the probe's output. Empty if there is no problem. */
function outputOf(
  phase: HealthView["phase"],
  checks: readonly CheckResult[],
  processes: readonly ProcessCheck[],
): string {
  const why = phaseOutput[phase];
  const failing = checks.filter(({ status }) => status !== "pass");
  const dependencies = failing.map(
    ({ name, observation }) => `${name} is ${observation.verdict}: ${observation.reason?.replace(/\.$/, "")}`,
  );
  const notReady = processes
    .filter(({ status }) => status !== "pass")
    .map(({ name, state }) => `process ${name} is ${state}`);
  return [...(why === undefined ? [] : [why]), ...dependencies, ...notReady].join("; ");
}

function processCheck({ name, state, restarts, status }: ProcessCheck): HealthCheck {
  return { componentId: name, componentType: "system", observedValue: state, status, restarts };
}

function healthCheck({ name, componentType, status, observation, lookedAt, since }: CheckResult): HealthCheck {
  const { verdict, found, needed, reason, pending } = observation;
  return {
    componentId: name,
    componentType,
    ...(found !== undefined && { observedValue: found }),
    ...(needed !== undefined && { neededValue: needed }),
    status,
    verdict,
    ...(lookedAt !== undefined && { time: new Date(lookedAt).toISOString() }),
    since: new Date(since).toISOString(),
    ...(reason !== undefined && { output: reason }),
    ...(pending !== undefined && pending.length > 0 && { pending: pending.slice(0, 10), pendingCount: pending.length }),
  };
}
