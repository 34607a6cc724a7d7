import { percentile } from "../statistics.ts";
import { allowed } from "./engines.ts";
import type { Reading } from "./meter.ts";

export interface FleetFigures {
  readonly waiting: Reading;
  readonly wakeUp: Reading;
  readonly idle: Reading;
  /** From the upgrade's last migration to 200, for each instance, in milliseconds. */
  readonly delaysMs: readonly number[];
  readonly appOpened: number;
  readonly appRefused: readonly string[];
}

interface Target {
  readonly what: string;
  readonly figure: number;
  readonly most: number;
  readonly unit: string;
}

/** The figures of one engine, and how they compare with the targets. */
export function formatFleet(engine: string, instances: number, figures: FleetFigures): string {
  const { waiting, wakeUp, idle, delaysMs, appOpened, appRefused } = figures;
  const rows = [
    ["", "held, most", "opened/s", "peak/s", "queries/s", "CPU, % of a core"],
    rowOf("waiting", waiting),
    rowOf("at the upgrade's end", wakeUp),
    rowOf("idle", idle),
  ];
  const seconds = (share: number) => percentile(delaysMs, share) / 1000;
  const targets: readonly Target[] = [
    { what: "app's connections refused", figure: appRefused.length, most: 0, unit: "" },
    {
      what: `held of ${allowed}, most`,
      figure: Math.max(waiting.mostHeld, wakeUp.mostHeld, idle.mostHeld),
      most: allowed / 10,
      unit: "",
    },
    { what: "CPU while idle", figure: idle.cpuPercent, most: 5, unit: " % of a core" },
    { what: "p99 to 200", figure: seconds(0.99), most: 1, unit: " s" },
    { what: "new connections at the end, peak", figure: wakeUp.peakOpenedPerSecond, most: 200, unit: "/s" },
  ];
  const title = `fleet: ${instances} instances on ${engine} with ${allowed} connections, of which the app has 60 (it opened ${appOpened})`;
  const times = `to 200 after the upgrade: p50 ${seconds(0.5).toFixed(2)} s, p99 ${seconds(0.99).toFixed(2)} s, last ${seconds(1).toFixed(2)} s`;
  const first = appRefused[0] === undefined ? [] : [`first refusal: ${appRefused[0]}`];
  return [title, ...align(rows), times, ...targets.map(formatTarget), ...first].join("\n");
}

function rowOf(name: string, reading: Reading): readonly string[] {
  const { mostHeld, openedPerSecond, peakOpenedPerSecond, queriesPerSecond, cpuPercent } = reading;
  const numbers = [mostHeld, openedPerSecond, peakOpenedPerSecond, queriesPerSecond].map((value) => value.toFixed(0));
  return [name, ...numbers, cpuPercent.toFixed(1)];
}

function formatTarget({ what, figure, most, unit }: Target): string {
  const ratio = most === 0 ? "" : `, ${(figure / most).toFixed(2)} × target`;
  const verdict = figure <= most ? "met" : "missed";
  return `${what}: ${Number(figure.toFixed(2))}${unit} (target ${most}${unit}${ratio}): ${verdict}`;
}

function align(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  "),
  );
}
