import type { Session } from "../../kernel/database.ts";
import type { LedgerContext } from "../engine.ts";
import type { UpgradeLedger } from "../ledger.ts";
import { startApplying } from "./applying/apply.ts";
import { checkScript } from "./applying/check.ts";
import { describeWork } from "./applying/work.ts";
import type { HeldLock } from "./lock.ts";
import { lockedLedger } from "./locked-ledger.ts";
import { createTables } from "./tables/create.ts";
import { findOlderInstances } from "./tables/instances.ts";
import { inTransaction, recordsOf } from "./tables/records.ts";
import { recordReleaseSql } from "./tables/releases.ts";

/** The operations of an upgrade that holds the lock. */
export function upgradeLedger(watching: Session, lock: HeldLock, context: LedgerContext): UpgradeLedger {
  const { session } = lock;
  return {
    ...lockedLedger(lock),
    async createProgressTables(histories) {
      await createTables(session, histories, false);
    },
    async acceptChecksum(history, name, checksum) {
      await session.execute(recordsOf(session, history).acceptSql(name, checksum));
    },
    async acceptName(history, renaming) {
      await inTransaction(session, recordsOf(session, history).renameSql(renaming));
    },
    async forget(history, name) {
      await inTransaction(session, recordsOf(session, history).withdrawSql(name));
    },
    check: checkScript,
    startApplying: (batch) => startApplying(batch, { watching, lock, context }),
    describeWork: () => describeWork(watching, lock.id),
    async beginProgram(history, record) {
      await session.execute(recordsOf(session, history).intentSql(record));
    },
    async finishProgram(history, name) {
      await inTransaction(session, recordsOf(session, history).finishSql(name));
    },
    findOlderInstances: (app, floor) => findOlderInstances(session, app, floor),
    async recordRelease(release) {
      await session.execute(recordReleaseSql(session, release));
    },
    // Instances poll.
    announce: async () => {},
  };
}
