import { bind } from "../libc/bindings.ts";
import { readFileSync } from "node:fs";
import type { SignalName } from "../../kernel/signals.ts";
import { trySignal, type Leftovers } from "./leftovers.ts";
import { readProcesses, type ProcessEntry } from "./process-table.ts";

/** A process and everything that descends from it, however it has left its parent, its group or its session. */
export interface Lineage extends Leftovers {
  /** What is started by `spawn`, and its descendants, belong to it. */
  readonly begin: <T>(spawn: () => T) => T;
  /** The processes that run, for people: "nginx (17), nginx (18)". */
  readonly describe: () => string;
}

/**
 * An orphan does not say whose child it was: a daemon forks twice and begins a session of its own. So every lineage has
 * a mark that its processes inherit and that none of them changes: the soft value of RLIMIT_LOCKS, which has had no
 * effect since Linux 2.4.25. Everybody may read it in /proc, whatever user the process has changed to. Environment
 * variables would not do: nginx and Redis overwrite theirs with their title.
 */
const RLIMIT_LOCKS = 10;
/** struct rlimit64: the soft and the hard value, 8 bytes each. */
const RLIMIT_BYTES = 16;
const ourselves = 0;
/** Above any number that somebody would set, and exact as a double. */
const lowestMark = 2 ** 52;

/** Makes lineages with marks of their own; those of a seaworthy inside of another differ by chance. */
export function createLineages(random: () => number): () => Lineage {
  const { prlimit } = bind("prlimit");
  let next = lowestMark + Math.floor(random() * 2 ** 40) * 2 ** 10;
  const setLimit = (limit: Buffer, old: Buffer | bigint) => prlimit(ourselves, RLIMIT_LOCKS, limit, old);

  return () => {
    const mark = next++;
    return {
      begin(spawn) {
        const before = Buffer.alloc(RLIMIT_BYTES);
        prlimit(ourselves, RLIMIT_LOCKS, 0n, before);
        const marked = Buffer.from(before);
        marked.writeBigUInt64LE(BigInt(mark));
        // Refused where the hard limit is lower: then nothing is ever found.
        setLimit(marked, 0n);
        try {
          return spawn();
        } finally {
          setLimit(before, 0n);
        }
      },
      any: () => readProcesses().some(hasMark(mark)),
      signal: (name) => signalAll(name, hasMark(mark)),
      describe: () => describeProcesses(readProcesses().filter(hasMark(mark)).toArray()),
    };
  };
}

function hasMark(mark: number): (entry: ProcessEntry) => boolean {
  const line = new RegExp(String.raw`^Max file locks\s+${mark}\s`, "m");
  return ({ pid }) => {
    try {
      return line.test(readFileSync(`/proc/${pid}/limits`, "latin1"));
    } catch {
      return false;
    }
  };
}

/** Once each, until there is none that was forked while the others were signalled. */
function signalAll(name: SignalName, belongs: (entry: ProcessEntry) => boolean): void {
  const signalled = new Set<number>();
  for (;;) {
    const found = readProcesses()
      .filter((entry) => !signalled.has(entry.pid) && belongs(entry))
      .toArray();
    if (found.length === 0) return;
    for (const { pid } of found) {
      signalled.add(pid);
      trySignal(pid, name);
    }
  }
}

const mostDescribed = 5;

function describeProcesses(entries: readonly ProcessEntry[]): string {
  const described = entries.slice(0, mostDescribed).map(({ name, pid }) => `${name} (${pid})`);
  const more = entries.length - described.length;
  return [...described, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
