import { forwardableSignals, realTimeSignals, type SignalName } from "../src/kernel/signals.ts";
import { captureRealTimeSignals } from "../src/platform/signals/real-time-signals.ts";
import { blockWriteSignals, writeSignals } from "../src/platform/signals/write-signals.ts";

export interface SignalSource {
  /** Hands over every signal in order, including those that came before the call. */
  readonly handleWith: (handler: (signal: SignalName) => void) => void;
  readonly onChildEnded: (handler: () => void) => void;
  /** Also catches the signals that seaworthy's own writes could raise. Node ignores them until then. */
  readonly captureWriteSignals: () => void;
}

/** Catches every signal from now on. Signals that arrive before the app has started are kept for it. */
export function captureSignals(): SignalSource {
  const early: SignalName[] = [];
  let deliver = (signal: SignalName): void => void early.push(signal);
  const capture = (signals: readonly SignalName[]) => {
    for (const signal of signals) process.on(signal as NodeJS.Signals, () => deliver(signal));
  };
  captureRealTimeSignals((signal) => deliver(signal));
  const others = new Set([...writeSignals, ...realTimeSignals]);
  capture(forwardableSignals.filter((signal) => !others.has(signal)));
  return {
    handleWith(handler) {
      deliver = handler;
      for (const signal of early.splice(0)) handler(signal);
    },
    onChildEnded: (handler) => void process.on("SIGCHLD", handler),
    captureWriteSignals() {
      blockWriteSignals();
      capture(writeSignals);
    },
  };
}
