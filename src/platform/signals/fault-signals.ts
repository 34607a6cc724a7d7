import { bind } from "../libc/bindings.ts";
import { sigactionFlagsOffset, sigactionBytes } from "../libc/structures.ts";
import { signalNumber, type SignalName } from "../../kernel/signals.ts";

/** The signals that the kernel sends for a fault in seaworthy's own process, such as access to unmapped memory. */
const faultSignals: readonly SignalName[] = ["SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP"];

/** From Linux's signal.h. */
const SA_RESETHAND = 0x8000_0000;

/**
 * Lets a fault in seaworthy end it, although it catches the signal. If a handler returns after a real fault, the fault
 * repeats forever: PID 1 would spin and never end. So each handler works for one delivery only. Returns a function that
 * arms a handler again: call it after a delivery that came from `kill`.
 */
export function letFaultsEndUs(): (signal: SignalName) => void {
  const { sigaction } = bind("sigaction");
  const actions = new Map<SignalName, Buffer>();
  const arm = (signal: SignalName) => {
    const action = actions.get(signal);
    if (action !== undefined) sigaction(signalNumber(signal), action, 0n);
  };
  for (const signal of faultSignals) {
    const action = Buffer.alloc(sigactionBytes);
    sigaction(signalNumber(signal), 0n, action);
    action.writeUInt32LE((action.readUInt32LE(sigactionFlagsOffset) | SA_RESETHAND) >>> 0, sigactionFlagsOffset);
    actions.set(signal, action);
    arm(signal);
  }
  return arm;
}
