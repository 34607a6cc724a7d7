import type { Clock } from "./clock.ts";

/** Resolves after this many milliseconds. Rejects at once if the signal is aborted. */
export function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const cancel = clock.after(milliseconds, () => {
      signal.removeEventListener("abort", interrupt);
      resolve();
    });
    const interrupt = () => {
      cancel();
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", interrupt, { once: true });
  });
}
