import { readFileSync, readlinkSync } from "node:fs";
import { allProcesses, treeOf, type ProcessEntry } from "../../test/harness/proc.ts";

/**
 * The processes that this folder gives away: it stands in their environment or command line, or is their working
 * directory. Whoever was started for a story has its folder as TMPDIR, and so has whatever that started in turn,
 * whoever became its parent since.
 */
export function processesIn(folder: string): readonly ProcessEntry[] {
  return allProcesses().filter(({ pid }) => pid !== process.pid && tracesOf(pid).some((text) => text.includes(folder)));
}

/** The same, and everything that descends from us: a zombie has no environment left. */
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

/** A process that has ended meanwhile, or that belongs to somebody else, shows nothing. */
function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
