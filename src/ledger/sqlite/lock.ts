import type { Session } from "../../kernel/database.ts";
import type { LedgerContext } from "../engine.ts";
import { heldTwice, waitForLock } from "../wait-for-lock.ts";
import type { LockedLedger } from "../ledger.ts";
import { readPlace, type FilePlace } from "./identity.ts";

/** The lock, held by the process that writes: without its lock, it cannot write. */
export interface HeldLock {
  /** The process's session. */
  readonly session: Session;
  /** Its pid. */
  readonly pid: number;
  /** The database. Two URLs may lead there. */
  readonly place: FilePlace;
  readonly release: () => Promise<void>;
}

export interface LockOptions {
  readonly held: readonly LockedLedger[];
  readonly timeoutSeconds: number;
}

/** Throws a Failure: 75 at the timeout, 78 if this upgrade already holds the lock. */
export async function acquireLock(
  session: Session,
  { held, timeoutSeconds }: LockOptions,
  context: LedgerContext,
): Promise<HeldLock> {
  const place = await readPlace(session);
  if (held.some((one) => isHeldAt(one, place))) throw heldTwice();
  const tryLock = async () => {
    const [row] = await session.query("SELECT seaworthy_take_lock() AS pid");
    return typeof row?.["pid"] === "number" ? lockHeldBy(session, row["pid"], place) : undefined;
  };
  const refuseOwn = async () => {};
  return waitForLock({ tryLock, refuseOwn, describeHolder: () => describeHolder(session) }, timeoutSeconds, context);
}

function isHeldAt(one: LockedLedger, { inode, path }: FilePlace): boolean {
  if (!("place" in one)) return false;
  const held = one.place as FilePlace;
  // A volume may be mounted at two paths. A file that does not exist yet has only its path.
  return held.path === path || (inode !== null && held.inode === inode);
}

function lockHeldBy(session: Session, pid: number, place: FilePlace): HeldLock {
  return {
    session,
    pid,
    place,
    async release() {
      // If it fails, the lock has ended with its process.
      await session.query("SELECT seaworthy_release_lock()").catch(() => {});
    },
  };
}

async function describeHolder(session: Session): Promise<string> {
  const [row] = await session.query("SELECT seaworthy_lock_holder() AS holder");
  return String(row?.["holder"]);
}
