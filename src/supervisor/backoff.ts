/** The first restart waits 0.5 s, and each further one twice as long, up to 30 s. After a run of 10 s it is 0.5 s again. */
const firstMs = 500;
const longestMs = 30_000;
const forgivenAfterMs = 10_000;

export interface Backoff {
  /** Records that a process has ended after this time. */
  readonly record: (ranMs: number) => void;
  /** How long to wait before the next start, varied by up to a fifth. */
  readonly delayMs: () => number;
}

/** `random` returns 0 to 1, like Math.random. */
export function createBackoff(random: () => number): Backoff {
  let ended = 0;
  return {
    record(ranMs) {
      ended = ranMs >= forgivenAfterMs ? 1 : ended + 1;
    },
    delayMs: () => Math.min(firstMs * 2 ** (ended - 1), longestMs) * (0.8 + 0.4 * random()),
  };
}
