/** Time, as a parameter: tests turn it by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls `run` after that many milliseconds, at most 2³¹ − 1. Returns how to call it off. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
}
