import { readFileSync } from "node:fs";
import { readProcess, treeOf } from "../../harness/proc.ts";

/** The children of a process, including zombies. Empty once it has ended. Always a single read. */
export function childrenOf(pid: number): readonly number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1");
    return children.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

export function countZombies(pids: readonly number[]): number {
  return pids.filter((pid) => readProcess(pid)?.state === "Z").length;
}

/** The CPU time so far of the process and all its descendants, in milliseconds. */
export function cpuTimeOf(root: number): number {
  return treeOf(root).reduce((sum, { pid }) => sum + ownCpuTime(pid), 0);
}

function ownCpuTime(pid: number): number {
  try {
    const [nanoseconds = "0"] = readFileSync(`/proc/${pid}/schedstat`, "latin1").split(" ");
    return Number(nanoseconds) / 1e6;
  } catch {
    return 0;
  }
}

export interface Memory {
  /** Written pages that no other process shares: the cost of one more container. */
  readonly privateDirtyMb: number;
  /** Each shared page divided by the number of its users. */
  readonly pssMb: number;
  readonly rssMb: number;
}

export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  const megabytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) / 1024;
  return { privateDirtyMb: megabytes("Private_Dirty"), pssMb: megabytes("Pss"), rssMb: megabytes("Rss") };
}
