import { StatementError } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { LedgerContext } from "../engine.ts";
import type { LockLimits } from "../ledger.ts";
import { MigrationFailure } from "./migration-failure.ts";
import { pause } from "../../kernel/pause.ts";

export interface RetryOptions {
  readonly limits: LockLimits;
  readonly context: LedgerContext;
  /** The session that was seen blocking the migration, if any. */
  readonly blocker: () => string | undefined;
  /** What a failure leaves behind, as in "nothing of this migration was applied". */
  readonly remains: string;
}

/** Pauses start at 0.5 s and double up to 15 s, plus or minus half: the app's queue drains meanwhile. */
const delays = { firstMs: 500, longestMs: 15_000 };
/** Serialization failures and deadlocks pass at once or not at all. */
const conflictTries = 5;

/**
 * Retries a step after a lock timeout, a deadlock or a serialization failure. The step must be one transaction, so that a
 * failed try leaves nothing behind. Throws a Failure (75) if the lock is never free.
 */
export async function withRetries(name: string, step: () => Promise<void>, options: RetryOptions): Promise<void> {
  const { clock, log, random, signal } = options.context;
  const deadline = clock.now() + options.limits.lockRetrySeconds * 1000;
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      const state = sqlStateOf(error);
      const isLock = state === "55P03";
      if (!isLock && ((state !== "40001" && state !== "40P01") || attempt >= conflictTries)) throw error;
      const delay = Math.min(delays.firstMs * 2 ** (attempt - 1), delays.longestMs) * (0.5 + random());
      const reason = isLock
        ? `cannot get a lock${blockedBy(options)}`
        : `met a ${state === "40P01" ? "deadlock" : "serialization failure"}`;
      if (isLock && clock.now() + delay > deadline) throw gaveUp(name, reason, options, error);
      log.warn(`${name} ${reason}: rolled back, trying again in ${(delay / 1000).toFixed(1)} s`, {
        migration: name,
        attempt,
      });
      await pause(clock, delay, signal);
    }
  }
}

function blockedBy({ blocker }: RetryOptions): string {
  const who = blocker();
  return who === undefined ? "" : `, held by ${who}`;
}

function gaveUp(
  name: string,
  reason: string,
  { limits: { lockRetrySeconds }, remains }: RetryOptions,
  cause: unknown,
): Failure {
  const where = cause instanceof MigrationFailure ? ` (${cause.where})` : "";
  const fix = "End that session, or raise upgrade.lockRetrySeconds";
  return new Failure(
    ExitCode.gaveUp,
    `gave up on migration ${name}${where} after ${lockRetrySeconds} s: it ${reason}. ${fix}; ${remains}.`,
    {
      cause,
      ...(cause instanceof MigrationFailure && {
        details: cause.details,
        fields: { ...cause.fields, nextStep: `${fix}, and run --upgrade again.` },
      }),
    },
  );
}

/** Finds the failed statement's error inside its wrappers. */
function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof StatementError) return error.sqlState;
  return error instanceof Error && error.cause !== undefined ? sqlStateOf(error.cause) : undefined;
}
