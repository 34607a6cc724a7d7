import { childrenOf, killTree, treeOf } from "./proc.ts";

export interface StuckFilesOptions {
  /** How long a test file may run. Default: 15 min, many times the duration of the slowest. */
  readonly limitMs?: number;
  /** Default: 5 s. */
  readonly everyMs?: number;
  /** Writes the report. Default: to stderr. */
  readonly say?: (text: string) => void;
}

/**
 * Kills test files that run too long, with all their processes, so that the run fails and names the file. Time limits of
 * tests do not help if something else keeps the process alive, such as a child that a failed test left behind.
 * (--test-force-exit does not help either: it loses the last reports.)
 * Returns a function that ends the watch. The watch does not keep the process alive.
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
      // The runner's command line for a file has a thousand characters. The file is the last word.
      const tree = treeOf(pid).map(
        ({ pid, state, commandLine }) => `  ${pid} ${state} ${commandLine.join(" ").slice(-150)}`,
      );
      say(
        `${commandLine.at(-1)} did not end within ${limitMs / 1000} s. It was killed with its processes:\n${tree.join("\n")}`,
      );
      killTree(pid);
    }
  };
  const timer = setInterval(look, everyMs).unref();
  return () => clearInterval(timer);
}
