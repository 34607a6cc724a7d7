import { realTimeSignals, signalNumber, type SignalName } from "../../kernel/signals.ts";
import { bind } from "../libc/bindings.ts";
import { SIG_IGN } from "../libc/structures.ts";

/** Node's internal class behind `process.on("SIGHUP")`: a signal that libuv watches. */
interface SignalWatcher {
  onsignal: () => void;
  readonly unref: () => void;
  readonly start: (signal: number) => number;
}

/**
 * Calls `onSignal` for every delivery of a real-time signal. Node has no names for them, and without a handler the
 * kernel would end seaworthy. Call it before SIGIO has a listener.
 */
export function captureRealTimeSignals(onSignal: (signal: SignalName) => void): void {
  const Watcher = findWatcher();
  if (Watcher === undefined) return ignoreThem();
  for (const name of realTimeSignals) {
    const watcher = new Watcher();
    watcher.unref();
    watcher.onsignal = () => onSignal(name);
    watcher.start(signalNumber(name));
  }
}

/** Node does not export the class, but reports each new instance to async_hooks, under a documented type. */
function findWatcher(): (new () => SignalWatcher) | undefined {
  let found: (new () => SignalWatcher) | undefined;
  const { createHook } = process.getBuiltinModule("node:async_hooks");
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type === "SIGNALWRAP") found = resource.constructor as new () => SignalWatcher;
    },
  }).enable();
  const ignore = () => {};
  // oxlint-disable-next-line no-restricted-properties -- Removed again two lines below: only its class is kept.
  process.on("SIGIO", ignore);
  hook.disable();
  process.off("SIGIO", ignore);
  return found;
}

/** For a Node that works differently: losing a signal is better than ending. */
function ignoreThem(): void {
  const { signal: setAction } = bind("signal");
  for (const name of realTimeSignals) setAction(signalNumber(name), SIG_IGN);
}
