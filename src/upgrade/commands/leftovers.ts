import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { Leftover } from "../../ledger/leftover.ts";
import { pause } from "../../kernel/pause.ts";
import type { UpgradePorts } from "../ports.ts";

/** What an earlier run's commands have left running, in every database. */
export type FindLeftovers = () => Promise<readonly Leftover[]>;

export interface LeftoverOptions extends Pick<UpgradePorts, "clock" | "log" | "signal"> {
  readonly lockTimeoutSeconds: number;
}

const pollMs = 250;
const reportEveryMs = 10_000;

/**
 * A statement outlives the client that sent it: it ends, and may be applied, long after its tool was killed. A tool that is
 * started meanwhile does the same work again, and fails. Throws a Failure (75) after `lockTimeoutSeconds`.
 */
export async function waitForLeftovers(find: FindLeftovers, options: LeftoverOptions): Promise<void> {
  const { clock, lockTimeoutSeconds, log, signal } = options;
  const deadline = clock.now() + lockTimeoutSeconds * 1000;
  let reportAt = clock.now();
  for (;;) {
    const left = await find();
    if (left.length === 0) return;
    const what = `what an earlier run has left running in the database: ${left.map(({ description }) => description).join("; ")}`;
    if (clock.now() >= deadline) {
      const end = left.map(({ endSql }) => endSql).join("; ");
      throw new Failure(
        ExitCode.gaveUp,
        `gave up after waiting ${lockTimeoutSeconds} s for ${what}. Wait for its end, or end it (${end}), and run --upgrade again. No hook and no migration was run.`,
      );
    }
    if (clock.now() >= reportAt) {
      reportAt = clock.now() + reportEveryMs;
      log.info(`waiting for ${what}`);
    }
    await pause(clock, pollMs, signal);
  }
}

/** Whoever has asked for the end waits for it, and kills after a while. */
const reportWithinMs = 2000;

/** Says what an interrupted command has left running, where that can be told soon. */
export async function reportLeftovers(
  find: FindLeftovers,
  { clock, log }: Pick<LeftoverOptions, "clock" | "log">,
): Promise<void> {
  const late = Promise.withResolvers<readonly Leftover[]>();
  const cancel = clock.after(reportWithinMs, () => late.resolve([]));
  const left = await Promise.race([find().catch(() => []), late.promise]);
  cancel();
  if (left.length === 0) return;
  log.warn(`still running in the database: ${left.map(({ description }) => description).join("; ")}`);
}
