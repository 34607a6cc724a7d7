import { readFileSync, readlinkSync } from "node:fs";
import { allProcesses, treeOf, type ProcessEntry } from "../../test/harness/proc.ts";

/**
 * The processes with this folder in their environment, command line or working directory. The story sets the folder as
 * TMPDIR. All descendants inherit that, even if they have another parent now.
 */
export function processesIn(folder: string): readonly ProcessEntry[] {
  return allProcesses().filter(({ pid }) => pid !== process.pid && tracesOf(pid).some((text) => text.includes(folder)));
}

/** The same, and all descendants of this process: a zombie has no environment any more. */
export function leftBehind(folder: string): readonly ProcessEntry[] {
  const descendants = treeOf(process.pid).filter(({ pid }) => pid !== process.pid);
  const others = processesIn(folder).filter(({ pid }) => !descendants.some((one) => one.pid === pid));
  return [...descendants, ...others];
}

function tracesOf(pid: number): readonly string[] {
  return [
    orNothing(() => readFileSync(`/proc/${pid}/environ`, "utf8")),
    orNothing(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")),
    orNothing(() => readlinkSync(`/proc/${pid}/cwd`)),
  ];
}

/** Reading fails if the process has ended or belongs to another user. */
function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
