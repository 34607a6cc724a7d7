import { readdirSync, readFileSync } from "node:fs";

/** A process in /proc. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** The number of its process group: the pid of the first process in the group. */
  readonly group: number;
  readonly name: string;
}

/**
 * Every running process, read one by one on demand. Leaves out zombies: they only wait to be reaped. Finds none without
 * /proc.
 */
export function readProcesses(): IteratorObject<ProcessEntry> {
  return listPids()
    .values()
    .map(readStat)
    .filter((entry) => entry !== undefined);
}

/** All descendants of `ancestor`. */
export function descendantsOf(ancestor: number): readonly ProcessEntry[] {
  const children = Map.groupBy(readProcesses(), ({ parent }) => parent);
  const below = (pid: number): readonly ProcessEntry[] =>
    (children.get(pid) ?? []).flatMap((entry) => [entry, ...below(entry.pid)]);
  return below(ancestor);
}

function listPids(): readonly string[] {
  try {
    return readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  } catch {
    return [];
  }
}

/** proc(5): the second field is the name in parentheses. The name may contain spaces and parentheses. */
function readStat(pid: string): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const nameEnd = stat.lastIndexOf(")");
    const [state, parent, group] = stat.slice(nameEnd + 2).split(" ");
    if (state === "Z" || state === "X") return undefined;
    const name = stat.slice(stat.indexOf("(") + 1, nameEnd);
    return { pid: Number(pid), parent: Number(parent), group: Number(group), name };
  } catch {
    // The process ended meanwhile.
    return undefined;
  }
}
