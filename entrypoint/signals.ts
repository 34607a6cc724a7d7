import { forwardableSignals, type SignalName } from "../src/kernel/signals.ts";

export interface SignalSource {
  /** Hands over every signal, those that came before the call included, in their order. */
  readonly handleWith: (handler: (signal: SignalName) => void) => void;
  readonly onChildEnded: (handler: () => void) => void;
}

/** Catches every signal from now on: one that arrives while the app is being started is kept for it. */
export function captureSignals(): SignalSource {
  const early: SignalName[] = [];
  let deliver = (signal: SignalName): void => void early.push(signal);
  for (const signal of forwardableSignals) process.on(signal as NodeJS.Signals, () => deliver(signal));
  return {
    handleWith(handler) {
      deliver = handler;
      for (const signal of early.splice(0)) handler(signal);
    },
    onChildEnded: (handler) => void process.on("SIGCHLD", handler),
  };
}
