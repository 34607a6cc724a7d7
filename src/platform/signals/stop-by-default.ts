import { readFileSync } from "node:fs";
import type { SignalName } from "../../kernel/signals.ts";
import { trySignal } from "../processes/leftovers.ts";
import { readProcesses } from "../processes/process-table.ts";
import { leavesToDefault } from "./dispositions.ts";

/** Signals that suspend a process by default. */
const suspending: ReadonlySet<SignalName> = new Set(["SIGTSTP", "SIGTTIN", "SIGTTOU"]);

/**
 * Finds the processes that `name` should stop. The kernel drops these signals for an orphaned process group, which has
 * no parent in its session that could resume it: a group in its own session, or below PID 1. seaworthy is that parent.
 * Call it before sending the signal: afterwards, a process may have changed its handlers. Returns a function to call
 * after the signal: it sends each process SIGSTOP, which the kernel never drops. CONT resumes them as usual.
 */
export function prepareToStop(
  name: SignalName,
  target: { readonly pid: number; readonly inGroup: boolean },
): () => void {
  if (!suspending.has(name)) return () => {};
  const { pid, inGroup } = target;
  const members = inGroup ? [...readProcesses()].filter(({ group }) => group === pid) : [{ pid }];
  const left = members.map((member) => member.pid).filter((one) => leavesToDefault(one, name) && !waitsForSignals(one));
  return () => left.forEach((one) => trySignal(one, "SIGSTOP"));
}

/** The number of rt_sigtimedwait(2). */
const timedWait: Readonly<Record<string, string>> = { x64: "128", arm64: "137" };

/** While a process waits for signals in sigwait(3), the kernel shows these signals as not blocked. */
function waitsForSignals(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/syscall`, "latin1").split(" ", 1)[0] === timedWait[process.arch];
  } catch {
    // Another user's process, or a kernel without this file.
    return false;
  }
}
