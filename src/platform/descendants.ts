import { readdirSync, readFileSync } from "node:fs";

/** The pids of everything that descends from `ancestor`, read from /proc: zombies left out, they only wait to be reaped. */
export function descendantsOf(ancestor: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const entry of listProcesses()) {
    const process = /^\d+$/.test(entry) ? readStat(Number(entry)) : undefined;
    if (process === undefined || process.state === "Z") continue;
    children.set(process.parent, [...(children.get(process.parent) ?? []), Number(entry)]);
  }
  const found: number[] = [];
  const visit = (pid: number) => {
    for (const child of children.get(pid) ?? []) {
      found.push(child);
      visit(child);
    }
  };
  visit(ancestor);
  return found;
}

/** Without /proc nothing can be known of them. */
function listProcesses(): readonly string[] {
  try {
    return readdirSync("/proc");
  } catch {
    return [];
  }
}

/** proc(5): the second field is the name in parentheses, which may itself hold spaces and parentheses. */
function readStat(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state = "", parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state, parent: Number(parent) };
  } catch {
    // It ended while we were reading.
    return undefined;
  }
}
