import type { Session } from "../../kernel/database.ts";
import type { LockedLedger } from "../ledger.ts";
import type { HeldLock } from "./lock.ts";
import { instancesTable, trustNewTableSql } from "./tables/instances.ts";
import { createTables, historyTable } from "./tables/ledger-tables.ts";
import { recordsOf } from "./tables/records.ts";
import { releasesTable } from "./tables/releases.ts";

/** The writes that need the upgrade lock. */
export function lockedLedger(session: Session, { pid, fence, release }: HeldLock): LockedLedger {
  return {
    holder: pid,
    async createTables(histories, withReleases) {
      const tables = [...(withReleases ? [releasesTable, instancesTable] : []), ...histories.map(historyTable)];
      const created = await createTables(session, tables);
      const newHistories = histories.filter((history) => created.has(history));
      if (created.has(instancesTable.name) && histories.length > 0 && newHistories.length === histories.length)
        await session.execute(trustNewTableSql);
      return {
        histories: new Set(newHistories),
        releases: created.has(releasesTable.name),
      };
    },
    async adopt(history, records) {
      const { recordSql } = recordsOf(session, history);
      await session.query(`${records.map(recordSql).join(";\n")};\n${fence}`);
    },
    release,
  };
}
