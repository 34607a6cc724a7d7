import { readFileSync } from "node:fs";
import type { SignalName } from "../../kernel/signals.ts";
import { trySignal } from "../processes/leftovers.ts";
import { readProcesses } from "../processes/process-table.ts";
import { leavesToDefault } from "./dispositions.ts";

/** Those that suspend a process which does nothing about them. */
const suspending: ReadonlySet<SignalName> = new Set(["SIGTSTP", "SIGTTIN", "SIGTTOU"]);

/**
 * Finds the processes that `name` would stop, if the kernel did not drop it: it does for a group that is orphaned, which has
 * no parent in its session that could resume it, as in a session of its own, or below PID 1. We are that parent. To be
 * called before the signal is sent: what a process does about it could not be told from what it has always done. Returns
 * what to call after that: each gets SIGSTOP, which nothing drops. CONT resumes it as ever.
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

/** While a process waits for signals, as sigwait(3) does, the kernel shows those that it waits for as not blocked. */
function waitsForSignals(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/syscall`, "latin1").split(" ", 1)[0] === timedWait[process.arch];
  } catch {
    // Another user's, or a kernel without it.
    return false;
  }
}
