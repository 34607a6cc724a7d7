import type { LockedLedger } from "../ledger.ts";
import type { HeldLock } from "./lock.ts";
import { createTables } from "./tables/create.ts";
import { creationSql, removeOldSql } from "./tables/instances.ts";
import { instancesName, releasesName } from "./tables/names.ts";
import { inTransaction, recordsOf } from "./tables/records.ts";

/** A ledger whose lock is held, and the lock. */
export interface MysqlLockedLedger extends LockedLedger {
  readonly lock: HeldLock;
}

/** The writes that need the upgrade lock. They use its session. */
export function lockedLedger(lock: HeldLock): MysqlLockedLedger {
  const { session, id, release } = lock;
  return {
    lock,
    holder: id,
    async createTables(histories, withReleases) {
      const created = await createTables(session, histories, withReleases);
      const newHistories = histories.filter((history) => created.has(history));
      const isNew = histories.length > 0 && newHistories.length === histories.length;
      if (created.has(instancesName)) await session.execute(creationSql(isNew));
      else if (withReleases) await session.execute(removeOldSql);
      return {
        histories: new Set(newHistories),
        releases: created.has(releasesName),
      };
    },
    async adopt(history, records) {
      const { recordSql } = recordsOf(session, history);
      await inTransaction(session, records.map(recordSql));
    },
    release,
  };
}
