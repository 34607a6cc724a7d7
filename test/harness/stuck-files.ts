import { childrenOf, killTree, treeOf } from "./proc.ts";

export interface StuckFilesOptions {
  /** How long a test file may run. Default: 15 min, many times what the slowest takes. */
  readonly limitMs?: number;
  /** Default: 5 s. */
  readonly everyMs?: number;
  /** Where it is told. Default: stderr. */
  readonly say?: (text: string) => void;
}

/**
 * Ends test files that run for too long, with all that they started, so that the run fails and says where. The time
 * limits of their tests are of no use where something else keeps the process: a child that a failed test has left behind,
 * or one that is not started to the end. (--test-force-exit is no way out: what was last reported gets lost with it.)
 * Returns what ends the watch, which does not keep the process alive.
 */
export function watchForStuckFiles({
  limitMs = 15 * 60_000,
  everyMs = 5000,
  say = console.error,
}: StuckFilesOptions = {}): () => void {
  const startedAt = new Map<number, number>();
  const look = () => {
    const running = childrenOf(process.pid).filter(({ commandLine }) => commandLine.at(-1)?.endsWith(".test.ts"));
    for (const pid of startedAt.keys()) if (!running.some((file) => file.pid === pid)) startedAt.delete(pid);
    for (const { pid, commandLine } of running) {
      const since = startedAt.get(pid) ?? performance.now();
      startedAt.set(pid, since);
      if (performance.now() - since < limitMs) continue;
      // The runner gives a file's process a command line of a thousand characters, and the file last.
      const tree = treeOf(pid).map(
        ({ pid, state, commandLine }) => `  ${pid} ${state} ${commandLine.join(" ").slice(-150)}`,
      );
      say(`${commandLine.at(-1)} did not end within ${limitMs / 1000} s, and is killed:\n${tree.join("\n")}`);
      killTree(pid);
    }
  };
  const timer = setInterval(look, everyMs).unref();
  return () => clearInterval(timer);
}
