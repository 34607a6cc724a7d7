import { StatementError } from "../../../kernel/database.ts";
import { ExitCode, Failure } from "../../../kernel/failure.ts";
import type { LedgerContext } from "../../engine.ts";
import type { LockLimits } from "../../ledger.ts";
import { MigrationFailure } from "./migration-failure.ts";
import { pause } from "../../../kernel/pause.ts";

export interface RetryOptions {
  readonly limits: LockLimits;
  readonly context: LedgerContext;
  /** Who blocks us, as it was seen while we waited; undefined where nobody was. */
  readonly blocker: () => string | undefined;
}

/** Pauses of 0.5 s, then twice as long each time up to 15 s, a half more or less: the app's queue drains in between. */
const delays = { firstMs: 500, longestMs: 15_000 };
/** Serialization failures and deadlocks pass at once or not at all. */
const conflictTries = 5;

/**
 * Runs a step again after what leaves nothing behind: a lock that was not had in time, a deadlock, a serialization
 * failure. The step must be one transaction. Throws a Failure (75) when the lock is never had.
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

function gaveUp(name: string, reason: string, { limits: { lockRetrySeconds } }: RetryOptions, cause: unknown): Failure {
  const where = cause instanceof MigrationFailure ? ` (${cause.where})` : "";
  const fix = "End that session, or raise upgrade.lockRetrySeconds; nothing of this migration was applied";
  return new Failure(
    ExitCode.gaveUp,
    `gave up on migration ${name}${where} after ${lockRetrySeconds} s: it ${reason}. ${fix}.`,
    { cause, ...(cause instanceof MigrationFailure && { details: cause.details }) },
  );
}

/** Of the statement that failed, however deep it is wrapped. */
function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof StatementError) return error.sqlState;
  return error instanceof Error && error.cause !== undefined ? sqlStateOf(error.cause) : undefined;
}
