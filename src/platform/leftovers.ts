import type { SignalName } from "../kernel/signals.ts";
import { descendantsOf } from "./descendants.ts";

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
      for (const target of pid === 1 ? [-1] : descendantsOf(pid)) trySignal(target, name);
    },
  };
}

function trySignal(pid: number, name: SignalName): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended, or it belongs to another user: the kernel ends it with us.
  }
}
