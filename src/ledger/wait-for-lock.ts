import { ExitCode, Failure } from "../kernel/failure.ts";
import { pause } from "../kernel/pause.ts";
import type { LedgerContext } from "./engine.ts";

export interface LockWait<Lock> {
  /** Tries once, without waiting. Undefined if another holds the lock. */
  readonly tryLock: () => Promise<Lock | undefined>;
  /** Throws if this upgrade itself holds the lock: it would wait for ever. Called after a failed try. */
  readonly refuseOwn: () => Promise<void>;
  readonly describeHolder: () => Promise<string>;
}

/** How long to wait between two tries: 100 to 300 ms, so that many waiters do not ask in step. */
const pollMs = (random: () => number) => 100 + 200 * random();
const reportEveryMs = 10_000;

/** Tries until it has the lock, and reports who holds it. Throws a Failure (75) at the timeout. */
export async function waitForLock<Lock>(
  { tryLock, refuseOwn, describeHolder }: LockWait<Lock>,
  timeoutSeconds: number,
  { clock, log, random, signal }: LedgerContext,
): Promise<Lock> {
  const deadline = clock.now() + timeoutSeconds * 1000;
  let reportAt = clock.now();
  for (;;) {
    const lock = await tryLock();
    if (lock !== undefined) return lock;
    await refuseOwn();
    if (clock.now() >= reportAt) {
      reportAt = clock.now() + reportEveryMs;
      log.info(`waiting for the upgrade lock, held by ${await describeHolder()}`);
    }
    if (clock.now() >= deadline) {
      const fix = "See what that upgrade is doing, or raise upgrade.lockTimeoutSeconds.";
      throw new Failure(
        ExitCode.gaveUp,
        `gave up after waiting ${timeoutSeconds} s for the upgrade lock, held by ${await describeHolder()}. ${fix}`,
      );
    }
    await pause(clock, pollMs(random), signal);
  }
}

/** Two URLs may lead to one database. */
export function heldTwice(): Failure {
  return new Failure(
    ExitCode.configuration,
    "two dependencies reach the same database by different URLs. Give them one and the same `url:`. Nothing was changed.",
  );
}
