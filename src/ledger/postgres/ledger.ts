import type { Session } from "../../kernel/database.ts";
import { postgresDialect } from "../../migrations/sql/dialect.ts";
import type { LedgerOptions } from "../engine.ts";
import type { Ledger, LockedLedger, PendingLock } from "../ledger.ts";
import { refuseOtherBeginning } from "../applying/beginning.ts";
import { compareDatabases, identify } from "./identity.ts";
import { findOlderInstances } from "./instances.ts";
import { findPostgresLeftovers } from "./leftovers.ts";
import { acquireLock, type HeldLock } from "./lock.ts";
import { lockedLedger } from "./locked-ledger.ts";
import { readSettings, stayWhileIdle } from "./settings.ts";
import { failureOf, lockLost } from "./statement-errors.ts";
import { instancesTable } from "./tables/instances.ts";
import { surveyHistory } from "./tables/history.ts";
import { isCompleted, readRelease, releasesTable } from "./tables/releases.ts";
import { stepTable } from "./tables/steps.ts";
import { upgradeLedger } from "./upgrade-ledger.ts";

/** Opens a Postgres database for an upgrade, a plan or a baseline. */
export async function openLedger(url: string, options: LedgerOptions): Promise<Ledger> {
  const { purpose, open, openAfresh, context } = options;
  const openExplained = async (reason: string) => explained(await open(url, reason));
  const session = await openExplained(purpose);
  const openLockSession = () => openExplained(`${purpose} lock`);
  return {
    session,
    dialect: postgresDialect,
    identify: () => identify(session),
    compareWith: (health) => compareDatabases(session, health),
    isCompleted: (release, histories) => isCompleted(session, release, histories),
    currentRelease: (app) => readRelease(session, app),
    survey: (history, files) => surveyHistory(session, history, files),
    refuseOtherBeginning,
    findOlderInstances: (app, floor) => findOlderInstances(session, app, floor),
    findLeftovers: (sharesRole) => findPostgresLeftovers(session, { sharesRole }),
    async findLeftoversAfresh(sharesRole) {
      const fresh = await openAfresh(url, purpose);
      try {
        return await findPostgresLeftovers(fresh, { sharesRole });
      } finally {
        await fresh.close();
      }
    },
    tablesFor: (histories) => [
      ...histories.flatMap((history) => [history, stepTable(history).name]),
      releasesTable.name,
      instancesTable.name,
    ],
    stayWhileIdle: () => stayWhileIdle(session),
    async openLock() {
      return pendingLock(await openLockSession(), options, (lock) => lockedLedger(session, lock));
    },
    async openUpgradeLock() {
      const opening = openLockSession();
      // Its failure is reported below, unless another comes first.
      opening.catch(() => {});
      await stayWhileIdle(session);
      const server = await readSettings(session);
      return pendingLock(await opening, options, (lock) => upgradeLedger({ session, server, lock, context }));
    },
    explain: failureOf,
  };
}

function pendingLock<Locked extends LockedLedger>(
  session: Session,
  { context }: LedgerOptions,
  open: (lock: HeldLock) => Locked,
): PendingLock<Locked> {
  return {
    async acquire(held, timeoutSeconds) {
      return open(await acquireLock(session, { held: held.map(({ holder }) => holder), timeoutSeconds }, context));
    },
  };
}

/** Recognises the error of a lost lock. */
function explained(session: Session): Session {
  const explain = (error: unknown) => {
    throw lockLost(error);
  };
  return {
    ...session,
    query: (sql) => session.query(sql).catch(explain),
    execute: (sql) => session.execute(sql).catch(explain),
  };
}
