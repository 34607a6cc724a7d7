import type { Session } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import { pause } from "../../kernel/pause.ts";
import type { LedgerContext } from "../engine.ts";
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

/** How long to wait between two tries: 100 to 300 ms, so that many waiters do not ask in step. */
const pollMs = (random: () => number) => 100 + 200 * random();
const reportEveryMs = 10_000;

/** Throws a Failure: 75 at the timeout, 78 if this upgrade already holds the lock. */
export async function acquireLock(
  session: Session,
  { held, timeoutSeconds }: LockOptions,
  { clock, log, random, signal }: LedgerContext,
): Promise<HeldLock> {
  const place = await readPlace(session);
  if (held.some((one) => isHeldAt(one, place))) throw heldTwice();
  const deadline = clock.now() + timeoutSeconds * 1000;
  let reportAt = clock.now();
  for (;;) {
    const [row] = await session.query("SELECT seaworthy_take_lock() AS pid");
    if (typeof row?.["pid"] === "number") return lockHeldBy(session, row["pid"], place);
    if (clock.now() >= reportAt) {
      reportAt = clock.now() + reportEveryMs;
      log.info(`waiting for the upgrade lock, held by ${await describeHolder(session)}`);
    }
    if (clock.now() >= deadline) {
      const fix = "See what that upgrade is doing, or raise upgrade.lockTimeoutSeconds.";
      throw new Failure(
        ExitCode.gaveUp,
        `gave up after waiting ${timeoutSeconds} s for the upgrade lock, held by ${await describeHolder(session)}. ${fix}`,
      );
    }
    await pause(clock, pollMs(random), signal);
  }
}

function isHeldAt(one: LockedLedger, { inode, path }: FilePlace): boolean {
  if (!("place" in one)) return false;
  const held = one.place as FilePlace;
  // A volume may be mounted at two paths. A file that does not exist yet has only its path.
  return held.path === path || (inode !== null && held.inode === inode);
}

function heldTwice(): Failure {
  return new Failure(
    ExitCode.configuration,
    "two dependencies reach the same database by different URLs. Give them one and the same `url:`. Nothing was changed.",
  );
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
