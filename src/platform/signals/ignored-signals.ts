import { realTimeSignals, signalNumber } from "../../kernel/signals.ts";
import { bind } from "../libc/bindings.ts";
import { sigactionFlagsOffset, SIG_DFL, SIG_IGN, sigactionBytes } from "../libc/structures.ts";

/** The kernel keeps this flag for every signal whose action libc has ever set (x86-64 only). */
const SA_RESTORER = 0x0400_0000;
const [SIGINT, SIGQUIT, SIGPIPE, SIGXFSZ, lastStandard] = [2, 3, 13, 25, 31];

/**
 * The numbers of the signals that were ignored when seaworthy started, for example HUP under nohup. At its start, Node
 * resets all ignored signals below 32 to their default. It resets only ignored signals, and libc leaves a mark on
 * these. Node always sets INT, TERM, USR1, SEGV, PIPE and XFSZ for itself. A shell ignores INT and QUIT together for
 * background commands, so INT counts as ignored if QUIT is. Call it before anything else sets handlers.
 */
export function findIgnoredSignals(): readonly number[] {
  const { sigaction } = bind("sigaction");
  const action = Buffer.alloc(sigactionBytes);
  const look = (signal: number) => {
    sigaction(signal, 0n, action);
    const handler = action.readBigUInt64LE(0);
    return { handler, wasSet: (action.readUInt32LE(sigactionFlagsOffset) & SA_RESTORER) !== 0 };
  };
  const found: number[] = [];
  for (let signal = 1; signal <= lastStandard; signal++) {
    if (signal === SIGPIPE || signal === SIGXFSZ) continue;
    const { handler, wasSet } = look(signal);
    if (handler === SIG_IGN || (handler === SIG_DFL && wasSet)) found.push(signal);
  }
  if (found.includes(SIGQUIT)) found.push(SIGINT);
  return [...found, ...realTimeSignals.map(signalNumber).filter((signal) => look(signal).handler === SIG_IGN)];
}

/**
 * Makes this process's next exec ignore these signals, and resets PIPE and XFSZ, which Node ignores, to their default.
 * The exec itself resets all handled signals.
 */
export function ignoreAtExec(signals: readonly number[]): void {
  const { signal: setAction } = bind("signal");
  for (const signal of [SIGPIPE, SIGXFSZ]) setAction(signal, SIG_DFL);
  for (const signal of signals) setAction(signal, SIG_IGN);
}
