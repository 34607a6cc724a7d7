import { bind } from "../libc/bindings.ts";
import { signalNumber, type SignalName } from "../../kernel/signals.ts";

/** What the kernel sends to a thread for a write of its own: to a pipe or socket without a reader, beyond a size limit. */
export const writeSignals: readonly SignalName[] = ["SIGPIPE", "SIGXFSZ"];

/** From Linux's signal.h. */
const SIG_BLOCK = 0;
/** sizeof(sigset_t) in glibc and musl: one bit a signal, the first for signal 1. */
const setBytes = 128;

/**
 * Blocks the write signals in this thread, which does all our writing: a reader of our log or a health probe that goes
 * away must not look like a signal for the app. What somebody sends to the process goes to one of V8's threads, which
 * do not block them. A child starts with nothing blocked (libuv sees to that).
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
