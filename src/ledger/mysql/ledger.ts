import type { LedgerOptions } from "../engine.ts";
import { refuseOtherBeginning } from "../applying/beginning.ts";
import type { Ledger, LockedLedger } from "../ledger.ts";
import { compareDatabases, identify } from "./identity.ts";
import { findMysqlLeftovers } from "./leftovers.ts";
import { acquireLock, type HeldLock } from "./lock.ts";
import { lockedLedger, type MysqlLockedLedger } from "./locked-ledger.ts";
import { prepareSession, readSettings, refuseUnfit } from "./settings.ts";
import { failureOf } from "./statement-errors.ts";
import { surveyHistory } from "./tables/history.ts";
import { findOlderInstances } from "./tables/instances.ts";
import { instancesName, nameOfTable, releasesName, stepSuffix } from "./tables/names.ts";
import { isCompleted, readRelease } from "./tables/releases.ts";
import { upgradeLedger } from "./upgrade-ledger.ts";
import { workSession } from "./work-session.ts";

/** Opens a MySQL or MariaDB database for an upgrade, a plan or a baseline. */
export async function openLedger(url: string, options: LedgerOptions): Promise<Ledger> {
  const { purpose, open, openAfresh, context } = options;
  const session = await open(url, purpose);
  const server = await readSettings(session);
  const openLocking = async () => {
    const working = workSession(await open(url, `${purpose} lock`), server);
    await prepareSession(working);
    await refuseUnfit(working, server);
    return working;
  };
  const pending = async <Locked>(hold: (lock: HeldLock) => Locked) => {
    const working = await openLocking();
    return {
      acquire: async (held: readonly LockedLedger[], timeoutSeconds: number) => {
        const locks = held.flatMap((one) => ("lock" in one ? [(one as MysqlLockedLedger).lock] : []));
        return hold(await acquireLock(working, { held: locks, timeoutSeconds }, context));
      },
    };
  };
  return {
    session,
    dialect: server.dialect,
    identify: () => identify(session),
    compareWith: (health) => compareDatabases(session, health),
    isCompleted: (release, histories) => isCompleted(session, release, histories),
    currentRelease: (app) => readRelease(session, app),
    survey: (history, files) => surveyHistory(session, history, files),
    refuseOtherBeginning,
    findOlderInstances: (app, floor) => findOlderInstances(session, app, floor),
    findLeftovers: () => findMysqlLeftovers(session),
    async findLeftoversAfresh() {
      const fresh = await openAfresh(url, purpose);
      try {
        return await findMysqlLeftovers(fresh);
      } finally {
        await fresh.close();
      }
    },
    tablesFor: (histories) => [
      ...histories.flatMap((history) => [nameOfTable(history), nameOfTable(history, stepSuffix)]),
      nameOfTable(releasesName),
      nameOfTable(instancesName),
    ],
    // Both sessions have the longest wait_timeout that there is.
    stayWhileIdle: () => prepareSession(session),
    openLock: () => pending(lockedLedger),
    openUpgradeLock: () => pending((lock) => upgradeLedger(session, lock, context)),
    explain: failureOf,
  };
}
