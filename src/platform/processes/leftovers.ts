import { signalNumber, type SignalName } from "../../kernel/signals.ts";
import { descendantsOf } from "./process-table.ts";

/** Processes that outlive the process that they belong to. */
export interface Leftovers {
  readonly any: () => boolean;
  readonly signal: (name: SignalName) => void;
}

/** The processes left in the container. For PID 1, these are all: orphans become its children. */
export function leftoversOf(pid: number, hasChildren: () => boolean): Leftovers {
  return {
    any: hasChildren,
    signal(name) {
      // -1 means every process but this one: right only for PID 1 of its own PID namespace.
      const targets = pid === 1 ? [-1] : descendantsOf(pid).map((entry) => entry.pid);
      for (const target of targets) trySignal(target, name);
    },
  };
}

/** Returns whether the signal was sent: the process may have ended, or belong to another user. */
export function trySignal(pid: number, name: SignalName): boolean {
  try {
    return process.kill(pid, signalNumber(name));
  } catch {
    return false;
  }
}
