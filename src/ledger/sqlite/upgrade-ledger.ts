import type { ReadSession } from "../../kernel/database.ts";
import type { LedgerContext } from "../engine.ts";
import type { UpgradeLedger } from "../ledger.ts";
import { startApplying } from "./applying/apply.ts";
import { checkScript } from "./applying/check.ts";
import { lockedLedger } from "./locked-ledger.ts";
import type { HeldLock } from "./lock.ts";
import { findOlderInstances } from "./tables/instances.ts";
import { createTables } from "./tables/ledger-tables.ts";
import { recordsOf } from "./tables/records.ts";
import { recordReleaseSql } from "./tables/releases.ts";
import { hasSteps, stepTable } from "./tables/steps.ts";
import { write } from "./writing.ts";

/** The operations of an upgrade that holds the lock. */
export function upgradeLedger(lock: HeldLock, committed: ReadSession, context: LedgerContext): UpgradeLedger {
  const { session } = lock;
  return {
    ...lockedLedger(lock),
    async createProgressTables(histories) {
      if (histories.length > 0) await createTables(session, histories.map(stepTable));
    },
    acceptChecksum: (history, name, checksum) =>
      write(session, [recordsOf(session, history).acceptSql(name, checksum)]),
    async acceptName(history, renaming) {
      await write(session, recordsOf(session, history).renameSql(renaming, await hasSteps(session, history)));
    },
    async forget(history, name) {
      await write(session, recordsOf(session, history).withdrawSql(name, await hasSteps(session, history)));
    },
    check: checkScript,
    startApplying: (batch) => startApplying(batch, { session, committed, context }),
    // Only the process that runs the statement could tell, and it is busy.
    describeWork: async () => undefined,
    beginProgram: (history, record) => write(session, [recordsOf(session, history).intentSql(record)]),
    finishProgram: (history, name) => write(session, [recordsOf(session, history).finishProgramSql(name)]),
    findOlderInstances: (app, floor) => findOlderInstances(session, app, floor),
    recordRelease: (release) => write(session, [recordReleaseSql(session, release)]),
    // Instances look again and again.
    announce: async () => {},
  };
}
