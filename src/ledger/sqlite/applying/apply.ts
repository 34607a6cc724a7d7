import type { ReadSession, Session } from "../../../kernel/database.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import { withRetries } from "../../applying/retry.ts";
import type { LedgerContext } from "../../engine.ts";
import type { ApplyMigration, MigrationBatch } from "../../ledger.ts";
import { recordsOf } from "../tables/records.ts";
import { hasSteps } from "../tables/steps.ts";
import { applyStepwise } from "./stepwise.ts";
import { applyModule, applySql } from "./transaction.ts";

export interface ApplyOptions {
  /** The session of the process that holds the lock. */
  readonly session: Session;
  /** A session that reads what is committed. */
  readonly committed: ReadSession;
  readonly context: LedgerContext;
}

/** Prepares to apply a history's migrations. Returns a function that applies the next one. */
export async function startApplying(
  { history, limits, progress, release }: MigrationBatch,
  { session, committed, context }: ApplyOptions,
): Promise<ApplyMigration> {
  const records = recordsOf(session, history);
  const canHaveSteps = await hasSteps(session, history);
  const shared = { session, committed, signal: context.signal, lockTimeoutMs: limits.lockWaitSeconds * 1000 };
  const recordOf = (script: MigrationScript) => ({ ...script, release, floor: script.directives.contract });
  let blocker: string | undefined;
  /** The blocker is mostly still there when the wait for it has ended. */
  const watched = async (step: () => Promise<void>) => {
    blocker = undefined;
    try {
      await step();
    } catch (error) {
      blocker = await findBlocker(session);
      throw error;
    }
  };
  return async (script) => {
    context.signal.throwIfAborted();
    const retry = (step: () => Promise<void>) =>
      withRetries(script.name, () => watched(step), {
        limits,
        context,
        blocker: () => blocker,
        remains: script.directives.transaction
          ? "nothing of this migration was applied"
          : "its finished statements are kept, and the next run goes on there",
      });
    if (script.directives.transaction) {
      const withdraw = progress.has(script.name) ? records.withdrawSql(script.name, canHaveSteps) : [];
      const ofScript = { ...shared, record: [...withdraw, records.recordSql(recordOf(script))] };
      return retry(() => (script.language === "sql" ? applySql(script, ofScript) : applyModule(script, ofScript)));
    }
    return applyStepwise(script, {
      ...shared,
      retry,
      log: context.log,
      intent: records.intentSql(recordOf(script)),
      adopt: (hashes) => records.adoptSql(script.name, hashes),
      progress: (statements, hashes) => records.progressSql(script.name, statements, hashes),
      finish: records.finishSql(script.name),
      done: progress.get(script.name)?.statements,
    });
  };
}

async function findBlocker(session: Session): Promise<string | undefined> {
  try {
    const [row] = await session.query("SELECT seaworthy_blocker() AS blocker");
    return typeof row?.["blocker"] === "string" ? row["blocker"] : "a process that cannot be seen from here";
  } catch {
    return undefined;
  }
}
