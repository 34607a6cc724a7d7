import { readFileSync } from "node:fs";

export const engines = ["Postgres", "MariaDB"] as const;
export type EngineName = (typeof engines)[number];

/** A database server without background work. */
export interface BenchServer {
  readonly createDatabase: () => Promise<BenchDatabase>;
  /** CPU time of all sessions, in milliseconds, once all have ended. The kernel counts in steps of ten. */
  readonly cpuOfSessionsMs: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

export interface BenchDatabase {
  readonly url: string;
  /** The number of its tables whose names begin with `table_`. */
  readonly countTables: () => Promise<number>;
  readonly drop: () => Promise<void>;
}

/** The kernel's clock tick for user space. It is the same on every architecture. */
const tickMs = 10;

export interface ProcessCpu {
  readonly ownMs: number;
  /** Of its children that have ended. */
  readonly childrenMs: number;
}

export function cpuOf(pid: number): ProcessCpu {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name is in parentheses and may contain any character. utime to cstime are fields 14 to 17 of proc(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const sum = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) * tickMs;
  return { ownMs: sum(11), childrenMs: sum(13) };
}
