import type { UpgradeLedger } from "../ledger.ts";
import { startApplying } from "./applying/apply.ts";
import { checkScript } from "./applying/check.ts";
import { resetSession } from "./applying/transaction.ts";
import { describeWork } from "./applying/work.ts";
import { findOlderInstances } from "./instances.ts";
import { lockedLedger } from "./locked-ledger.ts";
import { notifySql } from "./notifications.ts";
import { createTables } from "./tables/ledger-tables.ts";
import { recordsOf } from "./tables/records.ts";
import { recordReleaseSql } from "./tables/releases.ts";
import { stepTable } from "./tables/steps.ts";
import type { MigrationSession } from "./migration-session.ts";

/** The operations of an upgrade that holds the lock. */
export function upgradeLedger(migrations: MigrationSession): UpgradeLedger {
  const { session, server, lock, context } = migrations;
  return {
    ...lockedLedger(session, lock),
    async createProgressTables(histories) {
      if (histories.length > 0) await createTables(session, histories.map(stepTable));
    },
    async acceptChecksum(history, name, checksum) {
      await session.query(recordsOf(session, history).acceptSql(name, checksum));
    },
    async acceptName(history, renaming) {
      await session.query(recordsOf(session, history).renameSql(renaming));
    },
    async forget(history, name) {
      await session.query(recordsOf(session, history).withdrawSql(name));
    },
    check: (script, begun) => checkScript(script, begun, { server, log: context.log }),
    startApplying: (batch) => startApplying(batch, migrations),
    describeWork: () => describeWork(lock.session, server),
    async beginProgram(history, record) {
      await session.execute(`${recordsOf(session, history).intentSql(record)}; ${lock.fence}`);
    },
    async finishProgram(history, name) {
      await session.execute(`${recordsOf(session, history).finishProgramSql(name)}; ${lock.fence}`);
    },
    findOlderInstances: (app, floor) => findOlderInstances(lock.session, app, floor),
    async recordRelease(release) {
      const record = recordReleaseSql(session, release);
      await session.execute(`${resetSession} ${record}; ${notifySql(session, release.app)}; ${lock.fence}`);
    },
    async announce(app) {
      await session.execute(notifySql(session, app));
    },
  };
}
