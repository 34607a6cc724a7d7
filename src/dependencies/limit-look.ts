import type { Clock } from "../kernel/clock.ts";
import type { Observation } from "../kernel/observation.ts";

/**
 * A look that ends in time, whatever it waits for: a file on a dead network drive, a name server that says nothing. One
 * that is stuck is waited for again the next time; there is never a second beside it.
 */
export function limitLook(
  look: () => Promise<Observation>,
  limitMs: number,
  clock: Pick<Clock, "after">,
): () => Promise<Observation> {
  let underWay: Promise<Observation> | undefined;
  return async () => {
    underWay ??= look().finally(() => (underWay = undefined));
    const { promise: late, resolve } = Promise.withResolvers<Observation>();
    const reason = `no answer within ${limitMs} ms`;
    const cancel = clock.after(limitMs, () => resolve({ verdict: "unreachable", reason }));
    return Promise.race([underWay, late]).finally(cancel);
  };
}
