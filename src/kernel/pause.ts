import type { Clock } from "./clock.ts";

/** Resolves after that many milliseconds; rejects at once when the upgrade is interrupted. */
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
