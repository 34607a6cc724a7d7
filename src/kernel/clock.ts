/** Time as a parameter. Tests use a clock that they turn by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls `run` after this many milliseconds, at most 2³¹ − 1. Returns a function that cancels it. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
}
