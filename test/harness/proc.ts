import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process as /proc shows it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** R running, S sleeping, T stopped, Z zombie, … (proc(5)). */
  readonly state: string;
  readonly name: string;
  readonly commandLine: readonly string[];
}

/** Undefined if the process does not exist (any more). */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    const nameEnd = stat.lastIndexOf(")");
    const [state = "", parent = "0"] = stat.slice(nameEnd + 2).split(" ");
    return { pid, parent: Number(parent), state, name: stat.slice(stat.indexOf("(") + 1, nameEnd), commandLine };
  } catch {
    return undefined;
  }
}

export function allProcesses(): readonly ProcessEntry[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => readProcess(Number(entry)))
    .filter((entry) => entry !== undefined);
}

/** Processes with this variable in their environment, even if they have another parent now. */
export function processesWith(variable: string): readonly ProcessEntry[] {
  return allProcesses().filter(({ pid }) => environmentOf(pid).split("\0").includes(variable));
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    // It has ended, or belongs to another user.
    return "";
  }
}

export function childrenOf(pid: number): readonly ProcessEntry[] {
  return allProcesses().filter(({ parent }) => parent === pid);
}

/** Throws if the child was not started. A pid of 0 would mean our own process group. */
export function pidOf(child: Pick<ChildProcess, "pid" | "spawnfile">): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} could not be started`);
  return child.pid;
}

/** Sends SIGKILL to the process and its descendants. */
export function killTree(pid: number): void {
  for (const entry of treeOf(pid)) tryKill(entry.pid);
}

/** Sends SIGKILL. Not an error if the process has ended. */
export function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** The process and its descendants. */
export function treeOf(pid: number): readonly ProcessEntry[] {
  const all = allProcesses();
  const below = (parent: number): readonly ProcessEntry[] =>
    all.filter((entry) => entry.parent === parent).flatMap((entry) => [entry, ...below(entry.pid)]);
  return [...all.filter((entry) => entry.pid === pid), ...below(pid)];
}

export function zombiesIn(pid: number): readonly ProcessEntry[] {
  return treeOf(pid).filter(({ state }) => state === "Z");
}
