import { readFileSync } from "node:fs";
import { treeOf } from "../../harness/proc.ts";

/** The kernel's clock tick for user space. It is the same on every architecture. */
const tickMs = 10;

/** CPU time of a process, of its descendants, and of its children that have ended. `except`: a process that does not count. */
export function treeCpuMs(pid: number, except?: number): number {
  const own = treeOf(pid)
    .filter((one) => one.pid !== except)
    .reduce((sum, one) => sum + ticks(one.pid, [11, 12]), 0);
  return (own + ticks(pid, [13, 14])) * tickMs;
}

/** utime and stime are fields 11 and 12 after the name in proc(5); cutime and cstime of ended children are 13 and 14. */
function ticks(pid: number, fields: readonly number[]): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const values = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields.reduce((sum, field) => sum + Number(values[field]), 0);
  } catch {
    // It has ended meanwhile: its parent has the time.
    return 0;
  }
}
