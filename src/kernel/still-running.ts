import type { Clock } from "./clock.ts";
import { messageOf } from "./failure.ts";
import type { Log } from "./log.ts";

export interface LongStep {
  /** Such as `applying 0002_price`. */
  readonly what: string;
  readonly migration?: string;
  /** What it does now, if anybody knows. */
  readonly describe?: () => Promise<string | undefined>;
}

const everyMs = 10_000;

/** Runs a step, and says every 10 s that it still runs, and what it does. */
export async function sayStillRunning<T>(
  { what, migration, describe = async () => undefined }: LongStep,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  step: () => Promise<T>,
): Promise<T> {
  const startedAt = clock.now();
  let hasEnded = false;
  const say = async () => {
    const doing = await describe().catch((error: unknown) => {
      log.debug(`cannot see what it does: ${messageOf(error)}`);
      return undefined;
    });
    if (hasEnded) return;
    const seconds = Math.round((clock.now() - startedAt) / 1000);
    log.info(`still ${what}, for ${seconds} s${doing === undefined ? "" : `: ${doing}`}`, {
      migration,
      seconds,
      doing,
    });
  };
  const next = (): (() => void) =>
    clock.after(everyMs, () => {
      cancel = next();
      void say();
    });
  let cancel = next();
  try {
    return await step();
  } finally {
    hasEnded = true;
    cancel();
  }
}
