import type { Clock } from "../../src/kernel/clock.ts";

/** A clock that moves only when a test turns it. */
export interface HandClock extends Clock {
  /** Moves the clock forward and runs the timers that are due, in order. */
  readonly turn: (milliseconds: number) => void;
  /** Milliseconds until each timer is due, the next one first. */
  readonly due: () => readonly number[];
}

export function createHandClock(): HandClock {
  let now = 0;
  let timers: readonly { readonly at: number; readonly run: () => void }[] = [];
  const turn = (milliseconds: number) => {
    const end = now + milliseconds;
    for (;;) {
      const [next] = timers.filter(({ at }) => at <= end).toSorted((one, other) => one.at - other.at);
      if (next === undefined) break;
      timers = timers.filter((timer) => timer !== next);
      now = next.at;
      next.run();
    }
    now = end;
  };
  return {
    turn,
    now: () => now,
    due: () => timers.map(({ at }) => at - now).toSorted((one, other) => one - other),
    after(milliseconds, run) {
      const timer = { at: now + milliseconds, run };
      timers = [...timers, timer];
      return () => void (timers = timers.filter((one) => one !== timer));
    },
  };
}
