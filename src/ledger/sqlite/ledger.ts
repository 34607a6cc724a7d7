import { sqliteDialect } from "../../migrations/sql/dialect.ts";
import { refuseOtherBeginning } from "../applying/beginning.ts";
import type { LedgerOptions } from "../engine.ts";
import type { Ledger, LockedLedger, PendingLock } from "../ledger.ts";
import { compareDatabases, identify, readPlace } from "./identity.ts";
import { acquireLock, type HeldLock } from "./lock.ts";
import { lockedLedger } from "./locked-ledger.ts";
import { explained, failureOf } from "./statement-errors.ts";
import { surveyHistory } from "./tables/history.ts";
import { findOlderInstances } from "./tables/instances.ts";
import { nameOf } from "./tables/ledger-tables.ts";
import { isCompleted, readRelease, releasesTable } from "./tables/releases.ts";
import { stepTable } from "./tables/steps.ts";
import { upgradeLedger } from "./upgrade-ledger.ts";

/**
 * Opens a SQLite database for an upgrade, a plan or a baseline. Its session reads in this process. What writes, and the lock,
 * are in a process of their own, which starts when the lock is needed.
 */
export async function openLedger(url: string, { purpose, open, context }: LedgerOptions): Promise<Ledger> {
  const session = await open(url, purpose);
  const openWriter = async () => explained(await open(url, `${purpose} lock`, "write"));
  const { log } = context;
  return {
    session,
    dialect: sqliteDialect,
    identify: () => identify(session),
    compareWith: (health) => compareDatabases(session, health),
    isCompleted: (release, histories) => isCompleted(session, release, histories),
    currentRelease: (app) => readRelease(session, app),
    survey: (history, files) => surveyHistory(session, history, files),
    refuseOtherBeginning,
    findOlderInstances: (app, floor) => findOlderInstances(session, app, floor),
    // There is no server: a statement ends with its process.
    findLeftovers: async () => [],
    findLeftoversAfresh: async () => [],
    tablesFor: (histories) => [
      ...histories.flatMap((history) => [nameOf(history), stepTable(history).name]),
      releasesTable.name,
    ],
    stayWhileIdle: async () => {},
    openLock: async () => pendingLock(lockedLedger),
    async openUpgradeLock() {
      const { inode, path } = await readPlace(session);
      if (inode === null) log.warn(`the SQLite database ${path} does not exist: it is created`);
      return pendingLock((lock) => upgradeLedger(lock, session, context));
    },
    explain: failureOf,
  };

  async function pendingLock<Locked extends LockedLedger>(
    use: (lock: HeldLock) => Locked,
  ): Promise<PendingLock<Locked>> {
    const writer = await openWriter();
    return {
      acquire: async (held, timeoutSeconds) => use(await acquireLock(writer, { held, timeoutSeconds }, context)),
    };
  }
}
