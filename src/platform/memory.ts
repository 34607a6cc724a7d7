import { setFlagsFromString } from "node:v8";

/** When what loading left behind is collected: the app has started by then, and the first looks are done. */
const settleMs = 2000;

/**
 * PID 1 is an addition to somebody's container. V8 gives a busy program three times 16 MB for what is soon garbage: here
 * it collects more often instead. And what loading left behind is given back once, in some 10 ms: V8 by itself would keep
 * it until the heap is full, which the heap of a supervisor never is.
 */
export function spareMemory(): void {
  setTimeout(collectAll, settleMs).unref();
}

/** https://nodejs.org/api/v8.html#v8setflagsfromstringflags has no other way to ask for it. */
function collectAll(): void {
  // Not earlier: code that was compiled in advance fits only while the flags are as they were then.
  setFlagsFromString("--semi-space-growth-factor=1");
  const { runInNewContext } = process.getBuiltinModule("node:vm");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options: object) => void;
  setFlagsFromString("--no-expose-gc");
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
