import type { UpgradeLedger } from "../../ledger/ledger.ts";
import type { Database } from "./connect.ts";

/** A database whose lock this upgrade holds. */
export interface LockedDatabase {
  readonly database: Database;
  readonly locked: UpgradeLedger;
}

/** Waits for the lock of every database. Throws a Failure (75) at the timeout. */
export async function takeLocks(
  databases: readonly Database[],
  lockTimeoutSeconds: number,
): Promise<readonly LockedDatabase[]> {
  const locks = await Promise.all(
    databases.map(async (database) => ({ database, lock: await database.ledger.openUpgradeLock() })),
  );
  const held: LockedDatabase[] = [];
  // One after the other: all upgrades take the locks in the same order, so they cannot deadlock.
  for (const { database, lock } of locks) {
    const others = held.map(({ locked }) => locked);
    held.push({ database, locked: await lock.acquire(others, lockTimeoutSeconds) });
  }
  return held;
}
