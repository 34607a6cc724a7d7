import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";

/** When what loading left behind is given back: the app has started by then, and the first looks are done. */
const settleMs = 2000;

/**
 * PID 1 is an addition to somebody's container. V8 gives a busy program three times 16 MB for what is soon garbage: here
 * it collects more often instead. And what loading left behind is given back once, in some 10 ms: V8 by itself would keep
 * it until the heap is full, which the heap of a supervisor never is.
 * @returns to be called when all is loaded: code that was compiled in advance fits only while V8's flags are as they were
 */
export function spareMemory(): () => void {
  let often = false;
  const collectOften = () => {
    if (!often) setFlagsFromString("--semi-space-growth-factor=1");
    often = true;
  };
  const settle = () => {
    collectOften();
    const mappings = unchangedMappings();
    collectAll();
    unmap(mappings);
  };
  setTimeout(settle, settleMs).unref();
  return collectOften;
}

/** https://nodejs.org/api/v8.html#v8setflagsfromstringflags has no other way to ask for it. */
function collectAll(): void {
  const { runInNewContext } = process.getBuiltinModule("node:vm");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options: object) => void;
  setFlagsFromString("--no-expose-gc");
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}

interface Mapping {
  readonly start: bigint;
  readonly end: bigint;
}

/** Those of files that nobody can write, and of which no page was changed, as the loader does with some: proc(5). */
function unchangedMappings(): readonly Mapping[] {
  let smaps;
  try {
    smaps = readFileSync("/proc/self/smaps", "latin1");
  } catch {
    // No /proc, or a kernel without it.
    return [];
  }
  const ofFile = /^([\da-f]+)-([\da-f]+) r-[x-]p \S+ \S+ \d+ +\/[^]*?^Anonymous: +(\d+) kB/gm;
  return [...smaps.matchAll(ofFile)].flatMap(([, start, end, anonymous]) =>
    anonymous === "0" ? [{ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }] : [],
  );
}

/** From Linux's mman.h. */
const MADV_DONTNEED = 4;

/**
 * Unmaps pages, most of which only the start has needed: at our end the kernel would take a millisecond or two for that,
 * and the container's end with it. What is needed again is mapped again, from the page cache.
 */
function unmap(mappings: readonly Mapping[]): void {
  const { functions } = process.getBuiltinModule("node:ffi").dlopen(null, {
    madvise: { return: "int32", arguments: ["uint64", "uint64", "int32"] },
  });
  for (const { start, end } of mappings) functions.madvise(start, end - start, MADV_DONTNEED);
}
