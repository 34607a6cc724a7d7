import { bind } from "../libc/bindings.ts";
import { signalNumber, type SignalName } from "../../kernel/signals.ts";

/** The kernel sends these to a thread that writes to a pipe or socket without a reader, or beyond a size limit. */
export const writeSignals: readonly SignalName[] = ["SIGPIPE", "SIGXFSZ"];

/** From Linux's signal.h. */
const SIG_BLOCK = 0;
/** sizeof(sigset_t) in glibc and musl: one bit per signal, the first for signal 1. */
const setBytes = 128;

/**
 * Blocks the write signals in this thread, which does all of seaworthy's writing: if a log reader or a health probe
 * goes away, that must not look like a signal for the app. A signal from another process goes to one of V8's threads,
 * which do not block it. libuv unblocks all signals in a child.
 */
export function blockWriteSignals(): void {
  const { pthread_sigmask: maskSignals } = bind("pthread_sigmask");
  const set = Buffer.alloc(setBytes);
  for (const signal of writeSignals) {
    const bit = signalNumber(signal) - 1;
    set.writeUInt8(set.readUInt8(bit >> 3) | (1 << (bit & 7)), bit >> 3);
  }
  maskSignals(SIG_BLOCK, set, 0n);
}
