import type { Settings } from "../src/config/settings.ts";
import type { HealthView, ProcessCheck } from "../src/health/body.ts";
import type { CheckResult } from "../src/health/dependency-watch.ts";
import type { Monitor } from "../src/health/monitor.ts";
import { worstOf } from "../src/health/status.ts";
import { reportUnit } from "../src/supervisor/report.ts";
import type { Supervisor } from "../src/supervisor/supervisor.ts";

export interface ContainerHealthParts {
  readonly settings: Pick<Settings, "app" | "health" | "start">;
  readonly monitor: Pick<Monitor, "checks" | "status">;
  readonly supervisor: Pick<Supervisor, "units" | "state" | "release">;
  /** The failing check while a process does not listen (listening-app.ts). */
  readonly listening: () => CheckResult | undefined;
  /** The names of the dependencies, without the app's own readiness. */
  readonly dependencies: ReadonlySet<string>;
  /** Whether the processes are the configuration's, and not only the app. */
  readonly showProcesses: boolean;
  readonly liveInstances: HealthView["liveInstances"];
}

/** Joins the monitor and the supervisor into the container's health. Decides when a held app may start. */
export class ContainerHealth {
  readonly #parts: ContainerHealthParts;
  #notes: readonly string[] = [];
  #upgrades = 0;
  #wasEverHealthy: boolean;
  #view: HealthView | undefined;

  constructor(parts: ContainerHealthParts) {
    this.#parts = parts;
    // Without an endpoint, no client can have found the container unhealthy.
    this.#wasEverHealthy = parts.settings.health === false;
  }

  /** Returns the same object until something changes, so the server can cache its answer. */
  readonly view = (): HealthView => {
    const view = this.#look();
    if (this.#view === undefined || !isSame(this.#view, view)) this.#view = view;
    return this.#view;
  };

  #look(): HealthView {
    const { settings, monitor, supervisor, listening, showProcesses, liveInstances } = this.#parts;
    const units = supervisor.units.map(reportUnit);
    const waiting = listening();
    const checks = waiting === undefined ? monitor.checks() : [...monitor.checks(), waiting];
    const appIsReady = checks.every(({ kind, status }) => kind !== "app" || status === "pass");
    const started = appIsReady && units.every(({ status }) => status === "pass");
    const phase = this.#phase();
    const processes = showProcesses ? units : [];
    const statuses = [monitor.status(), waiting?.status ?? "pass", ...processes.map((one) => one.status)];
    const status = phase === "run" ? worstOf(statuses) : "fail";
    const [upgrades, notes] = [this.#upgrades, this.#notes];
    return { app: settings.app, phase, status, started, checks, processes, units, upgrades, notes, liveInstances };
  }

  #phase(): HealthView["phase"] {
    const { supervisor } = this.#parts;
    if (supervisor.state() !== "running") return "draining";
    return this.#isHeld() && supervisor.units.every((unit) => unit.state() === "waiting") ? "holding" : "run";
  }

  #isHeld(): boolean {
    return this.#parts.settings.start === "when-compatible";
  }

  /** After a look, and after every change of a process. */
  readonly onChange = (): void => {
    const { monitor, supervisor, dependencies } = this.#parts;
    // A stopping container does not become healthy any more, and must not wait for that.
    if (supervisor.state() !== "running") return;
    const isFailing = monitor.checks().some(({ name, status }) => dependencies.has(name) && status === "fail");
    if (this.#isHeld() && !isFailing) supervisor.release();
    this.#wasEverHealthy ||= this.view().status !== "fail";
  };

  readonly wasEverHealthy = (): boolean => this.#wasEverHealthy;

  countUpgrade(): void {
    this.#upgrades++;
  }

  /** A sentence that the details show. */
  addNote(note: string): void {
    this.#notes = [...this.#notes, note];
  }
}

function isSame(one: HealthView, other: HealthView): boolean {
  return (
    one.phase === other.phase &&
    one.status === other.status &&
    one.started === other.started &&
    one.upgrades === other.upgrades &&
    one.notes === other.notes &&
    isSameList(one.checks, other.checks, (check, before) => check === before) &&
    isSameList(one.units, other.units, isSameProcess)
  );
}

function isSameList<T>(ones: readonly T[], others: readonly T[], isSameItem: (one: T, other: T) => boolean): boolean {
  return (
    ones.length === others.length &&
    ones.every((one, index) => {
      const other = others[index];
      return other !== undefined && isSameItem(one, other);
    })
  );
}

function isSameProcess(one: ProcessCheck, other: ProcessCheck): boolean {
  return (
    one.name === other.name &&
    one.state === other.state &&
    one.restarts === other.restarts &&
    one.status === other.status
  );
}
