import type { LockedLedger } from "../ledger.ts";
import type { FilePlace } from "./identity.ts";
import type { HeldLock } from "./lock.ts";
import { prepareInstances } from "./tables/instances.ts";
import { createTables, historyTable, nameOf } from "./tables/ledger-tables.ts";
import { recordsOf } from "./tables/records.ts";
import { releasesTable } from "./tables/releases.ts";
import { write } from "./writing.ts";

/** Knows its place, so that a second lock of the same upgrade is found. */
export interface SqliteLockedLedger extends LockedLedger {
  readonly place: FilePlace;
}

/** The writes that need the upgrade lock. */
export function lockedLedger({ session, pid, place, release }: HeldLock): SqliteLockedLedger {
  return {
    holder: pid,
    place,
    async createTables(histories, withReleases) {
      const tables = [...(withReleases ? [releasesTable] : []), ...histories.map(historyTable)];
      const created = await createTables(session, tables);
      const newHistories = histories.filter((history) => created.has(nameOf(history)));
      const isNew = histories.length > 0 && newHistories.length === histories.length;
      if (withReleases) await prepareInstances(session, isNew);
      return {
        histories: new Set(newHistories),
        releases: created.has(releasesTable.name),
      };
    },
    async adopt(history, records) {
      await write(session, records.map(recordsOf(session, history).recordSql));
    },
    release,
  };
}
