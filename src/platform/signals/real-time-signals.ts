import { realTimeSignals, signalNumber, type SignalName } from "../../kernel/signals.ts";
import { bind } from "../libc/bindings.ts";
import { SIG_IGN } from "../libc/structures.ts";

/** What stands behind `process.on("SIGHUP")` inside Node: a signal that libuv watches. */
interface SignalWatcher {
  onsignal: () => void;
  readonly unref: () => void;
  readonly start: (signal: number) => number;
}

/**
 * Calls `onSignal` for every real-time signal, which Node knows no names for, as often as it was sent. Without a handler
 * the kernel would end us at the first. To be called before SIGIO has a listener.
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

/** Node has no name for its class, but shows every new one to async_hooks, which documents its type. */
function findWatcher(): (new () => SignalWatcher) | undefined {
  let found: (new () => SignalWatcher) | undefined;
  const { createHook } = process.getBuiltinModule("node:async_hooks");
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type === "SIGNALWRAP") found = resource.constructor as new () => SignalWatcher;
    },
  }).enable();
  const ignore = () => {};
  // oxlint-disable-next-line no-restricted-properties -- It is gone again two lines below: only the class of it stays.
  process.on("SIGIO", ignore);
  hook.disable();
  process.off("SIGIO", ignore);
  return found;
}

/** For a Node that does it otherwise: a signal that is lost is better than an end. */
function ignoreThem(): void {
  const { signal: setAction } = bind("signal");
  for (const name of realTimeSignals) setAction(signalNumber(name), SIG_IGN);
}
