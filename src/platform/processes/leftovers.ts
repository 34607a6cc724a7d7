import { signalNumber, type SignalName } from "../../kernel/signals.ts";
import { descendantsOf } from "./process-table.ts";

/** Processes that outlive the one that they belong to. */
export interface Leftovers {
  readonly any: () => boolean;
  readonly signal: (name: SignalName) => void;
}

/** What is left in the container: everything for PID 1, whose children are all that have no other parent. */
export function leftoversOf(pid: number, hasChildren: () => boolean): Leftovers {
  return {
    any: hasChildren,
    signal(name) {
      // -1 is everything but ourselves: right in a PID namespace of our own, and nowhere else.
      const targets = pid === 1 ? [-1] : descendantsOf(pid).map((entry) => entry.pid);
      for (const target of targets) trySignal(target, name);
    },
  };
}

/** Returns whether it was sent: the process may have ended, or belong to another user. */
export function trySignal(pid: number, name: SignalName): boolean {
  try {
    return process.kill(pid, signalNumber(name));
  } catch {
    return false;
  }
}
