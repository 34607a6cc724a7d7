/** Restarts wait 0.5 s, then twice as long each time up to 30 s; one that ran for 10 s starts over at 0.5 s. */
const firstMs = 500;
const longestMs = 30_000;
const forgivenAfterMs = 10_000;

export interface Backoff {
  /** A process has ended that ran for so long. */
  readonly record: (ranMs: number) => void;
  /** How long to wait before the next one is started, a fifth more or less. */
  readonly delayMs: () => number;
}

/** `random` gives from 0 up to 1, as Math.random. */
export function createBackoff(random: () => number): Backoff {
  let ended = 0;
  return {
    record(ranMs) {
      ended = ranMs >= forgivenAfterMs ? 1 : ended + 1;
    },
    delayMs: () => Math.min(firstMs * 2 ** (ended - 1), longestMs) * (0.8 + 0.4 * random()),
  };
}
