import type { MigrationScript } from "../../../migrations/script.ts";
import type { ApplyMigration, MigrationBatch } from "../../ledger.ts";
import { recordsOf } from "../tables/records.ts";
import type { MigrationSession } from "../migration-session.ts";
import { watchBlockers } from "./blockers.ts";
import { withRetries } from "../../applying/retry.ts";
import { applyStepwise } from "./stepwise.ts";
import { applyModule, applySql, type ApplyContext } from "./transaction.ts";

const nothingApplied = "nothing of this migration was applied";

/** Prepares to apply a history's migrations. Returns a function that applies the next one. */
export async function startApplying(
  { history, limits, progress, release }: MigrationBatch,
  { session, server, lock, context }: MigrationSession,
): Promise<ApplyMigration> {
  const records = recordsOf(session, history);
  const lockTimeoutMs = Math.round(limits.lockWaitSeconds * 1000);
  const shared = {
    session,
    signal: context.signal,
    fence: lock.fence,
    canCheckConnection: server.canCheckConnection,
    withoutTimeouts: server.withoutTimeouts,
    lockTimeoutMs,
    pooled: await session.isPooled(),
  };
  const blockers = watchBlockers(lock.session, server.name, context.clock);
  const recordOf = (script: MigrationScript) => ({ ...script, release, floor: script.directives.contract });
  const contextOf = (script: MigrationScript): ApplyContext => {
    const withdraw = progress.has(script.name) ? `${records.withdrawSql(script.name)}; ` : "";
    return { ...shared, record: `${withdraw}${records.recordSql(recordOf(script))}` };
  };
  return async (script) => {
    context.signal.throwIfAborted();
    const watched = async (step: () => Promise<void>) => {
      const watch = blockers.start(script.directives.lockTimeoutMs ?? lockTimeoutMs);
      await step().finally(watch.stop);
    };
    const retry = (step: () => Promise<void>) =>
      withRetries(script.name, () => watched(step), {
        limits,
        context,
        blocker: blockers.seen,
        remains: nothingApplied,
      });
    if (script.directives.transaction) {
      const ofScript = contextOf(script);
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
