import type { Session } from "../../../kernel/database.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import type { LedgerContext } from "../../engine.ts";
import type { ApplyMigration, MigrationBatch } from "../../ledger.ts";
import { withRetries } from "../../applying/retry.ts";
import type { HeldLock } from "../lock.ts";
import { lockWaitSql } from "../settings.ts";
import { recordsOf } from "../tables/records.ts";
import { applySql } from "./apply-sql.ts";
import { watchBlockers } from "./blockers.ts";
import { statementFailure } from "./failures.ts";
import { mayHideChanges, rememberSession } from "./remembered-session.ts";
import { readUnsettled } from "./unsettled.ts";

export interface ApplyOptions {
  /** A session that does not hold the lock: it looks while the other one waits. */
  readonly watching: Session;
  readonly lock: HeldLock;
  readonly context: LedgerContext;
}

const remains = "what was done before it is kept";

/** Prepares to apply a history's migrations. Returns a function that applies the next one. */
export async function startApplying(
  { history, limits, progress, release }: MigrationBatch,
  { watching, lock: { session, id }, context }: ApplyOptions,
): Promise<ApplyMigration> {
  const records = recordsOf(session, history);
  const blockers = watchBlockers(watching, id, context.clock);
  /** What limits the session's waits, where the last migration has set it at its end. */
  let inForce: string | undefined;
  const apply = async (script: MigrationScript) => {
    const { name, directives, language } = script;
    const lockTimeoutMs = directives.lockTimeoutMs ?? Math.round(limits.lockWaitSeconds * 1000);
    const retry = (step: () => Promise<void>) => {
      const watched = async () => {
        const watch = blockers.start(lockTimeoutMs);
        await step().finally(watch.stop);
      };
      return withRetries(name, watched, { limits, context, blocker: blockers.seen, remains });
    };
    const limitWaits = lockWaitSql(lockTimeoutMs);
    if (limitWaits !== inForce) await session.execute(limitWaits);
    inForce = undefined;
    const begun = progress.get(name);
    const findUnsettled = async () => readUnsettled(await session.query(records.unsettledSql(name)));
    const unsettled = begun === undefined ? undefined : await findUnsettled();
    const intent = records.intentSql({ ...script, release, floor: directives.contract });
    const { log, signal } = context;
    const begin = { progress: begun, unsettled, intent, lockWaitSql: limitWaits };
    const own = { script, session, records, ...begin, retry, log, signal };
    if (language === "sql") {
      await applySql(own);
      inForce = limitWaits;
      return undefined;
    }
    await session.execute(intent);
    const { applyModule } = await import("./apply-module.ts");
    // A try that failed may have come further than the one before.
    return retry(async () => {
      const hashes = (await session.query(records.doneSql(name))).map((row) => String(row["hash"]));
      const now = { statements: hashes.length, hashes, checksum: script.checksum };
      await applyModule({ ...own, progress: now, unsettled: await findUnsettled() });
    });
  };
  return async (script) => {
    context.signal.throwIfAborted();
    try {
      if (script.language === "sql" && !mayHideChanges(script.source)) return await apply(script);
      const restore = await rememberSession(session);
      await apply(script);
      await restore();
      inForce = undefined;
    } catch (error) {
      context.signal.throwIfAborted();
      throw statementFailure(script, error);
    }
  };
}
