import { bind } from "../libc/bindings.ts";
import { sigactionFlagsOffset, sigactionBytes } from "../libc/structures.ts";
import { signalNumber, type SignalName } from "../../kernel/signals.ts";

/** The signals that the kernel sends for a fault of our own, such as an access to memory that is not there. */
const faultSignals: readonly SignalName[] = ["SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP"];

/** From Linux's signal.h. */
const SA_RESETHAND = 0x8000_0000;

/**
 * Lets a fault of our own end us, though we catch the signal. A handler that is called for a real fault and returns is
 * called for the same fault again, for ever: PID 1 would spin and never end. So the handler of each of these signals is
 * good for one delivery only. Returns what to call after a delivery that turned out to be somebody's `kill`.
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
