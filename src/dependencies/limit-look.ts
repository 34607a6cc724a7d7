import type { Clock } from "../kernel/clock.ts";
import type { Observation } from "../kernel/observation.ts";

/**
 * Limits the time of a look, for example at a file on a dead network drive, or with a silent name server. If a look is
 * stuck, the next call waits for it again and starts no second one.
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
