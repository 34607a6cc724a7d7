import { bind } from "../libc/bindings.ts";
import { readFileSync } from "node:fs";
import type { SignalName } from "../../kernel/signals.ts";
import { trySignal, type Leftovers } from "./leftovers.ts";
import { readProcesses, type ProcessEntry } from "./process-table.ts";

/** A process and all its descendants, even after they leave their parent, group or session. */
export interface Lineage extends Leftovers {
  /** Processes that `spawn` starts, and their descendants, belong to the lineage. */
  readonly begin: <T>(spawn: () => T) => T;
  /** The running processes, for messages: "nginx (17), nginx (18)". */
  readonly describe: () => string;
}

/**
 * An orphan does not show its former parent: a daemon forks twice and begins its own session. So every lineage has a
 * mark that its processes inherit and never change: the soft value of RLIMIT_LOCKS, which has had no effect since Linux
 * 2.4.25. Every user may read it in /proc, even after the process has changed its user. Environment variables do not
 * work: nginx and Redis overwrite theirs with their title.
 */
const RLIMIT_LOCKS = 10;
/** struct rlimit64: the soft and the hard value, 8 bytes each. */
const RLIMIT_BYTES = 16;
const ourselves = 0;
/** Higher than any limit in real use, and exact as a double. */
const lowestMark = 2 ** 52;

/** Creates lineages with unique marks. Marks are random, so the marks of a nested seaworthy differ. */
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
        // Fails if the hard limit is lower. The lineage then finds no process.
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

/** Signals each process once, and repeats until no process was forked meanwhile. */
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
