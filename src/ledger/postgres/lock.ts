import type { Session } from "../../kernel/database.ts";
import type { LedgerContext } from "../engine.ts";
import { heldTwice, waitForLock } from "../wait-for-lock.ts";
import { lockKey, lockRow } from "./lock-key.ts";
import { lockLostMessage } from "./statement-errors.ts";

/** The lock, held by a session of its own. */
export interface HeldLock {
  /** Idle while it holds the lock, so it can run other queries. */
  readonly session: Session;
  /** The backend that holds it. */
  readonly pid: number;
  /**
   * A statement that fails unless the lock is still held (see `lockLost` in statement-errors.ts). As the last statement of a
   * transaction, it stops a runner without the lock from committing: the server decides, not the runner's last knowledge.
   */
  readonly fence: string;
  readonly release: () => Promise<void>;
}

export interface LockOptions {
  /** The backends that hold locks of this upgrade already. */
  readonly held: readonly number[];
  readonly timeoutSeconds: number;
}

/**
 * A transaction-level advisory lock, polled. Never a blocking wait: a waiter's snapshot deadlocks with CREATE INDEX
 * CONCURRENTLY. Never a session-level lock: behind a transaction pooler it outlives its client, and two clients may both
 * get it. The transaction stays open and idle for as long as the lock is held, in READ COMMITTED: a snapshot that lives
 * as long as the transaction would make CONCURRENTLY wait for ever.
 */
export async function acquireLock(
  session: Session,
  { held, timeoutSeconds }: LockOptions,
  context: LedgerContext,
): Promise<HeldLock> {
  const mark = Math.floor(context.random() * 2 ** 31);
  return waitForLock(
    {
      async tryLock() {
        const pid = await tryLock(session, mark);
        return pid === undefined ? undefined : lockHeldBy(session, pid, mark);
      },
      refuseOwn: async () => void (held.length > 0 && (await refuseOwnLock(session, held))),
      describeHolder: () => describeHolder(session),
    },
    timeoutSeconds,
    context,
  );
}

/** "seam" in ASCII, to be recognised in pg_locks. */
const markSpace = 0x73_65_61_6d;

/** A second lock in the same transaction, which only this upgrade uses. If another session can take it, both are free. */
const tryMark = (mark: number) => `pg_catalog.pg_try_advisory_xact_lock(${markSpace}, ${mark})`;

/** Returns the backend's pid if it got the lock. Otherwise returns undefined and closes the transaction. */
async function tryLock(session: Session, mark: number): Promise<number | undefined> {
  // A server that ends idle transactions would take the lock away in the middle of a migration.
  const [row] = await session.query(`BEGIN ISOLATION LEVEL READ COMMITTED;
    SELECT pg_catalog.set_config(name, '0', true)
      FROM (VALUES ('idle_in_transaction_session_timeout'), ('transaction_timeout')) AS ending (name)
      WHERE pg_catalog.current_setting(name, true) <> '0';
    SELECT CASE WHEN pg_catalog.pg_try_advisory_xact_lock(${lockKey}) THEN ${tryMark(mark)} END AS locked,
      pg_catalog.pg_backend_pid() AS pid`);
  if (row?.["locked"] === true) return row["pid"] as number;
  await session.query("ROLLBACK");
  return undefined;
}

/** Two URLs may reach one database. Without this check, the upgrade would wait for its own lock for ever. */
async function refuseOwnLock(session: Session, held: readonly number[]): Promise<void> {
  const rows = await session.query(
    `SELECT pid FROM pg_catalog.pg_locks WHERE ${lockRow} AND pid IN (${held.join(", ")})`,
  );
  if (rows.length === 0) return;
  throw heldTwice();
}

function lockHeldBy(session: Session, pid: number, mark: number): HeldLock {
  return {
    session,
    pid,
    // A DO block that reads pg_locks and raises an error takes ten times as long. So a cast fails, in a form that the planner
    // cannot evaluate early.
    fence: `SELECT CASE WHEN ${tryMark(mark)}
      THEN pg_catalog.concat('${lockLostMessage} ', pg_catalog.pg_backend_pid())::pg_catalog.int4 END`,
    async release() {
      // If it fails, the lock has ended with its connection.
      await session.query("COMMIT").catch(() => {});
    },
  };
}

/** Names the lock's holder by its application_name, if this role may see it. */
async function describeHolder(session: Session): Promise<string> {
  const [row] = await session.query(`SELECT pid, NULLIF(application_name, '') AS name,
      GREATEST(0, round(extract(epoch FROM clock_timestamp() - xact_start)))::text AS seconds
    FROM pg_catalog.pg_locks JOIN pg_catalog.pg_stat_activity USING (pid) WHERE ${lockRow} LIMIT 1`);
  if (row === undefined) return "an upgrade that has just ended";
  const since = row["seconds"] === null ? "" : ` for ${String(row["seconds"])} s`;
  return `${String(row["name"] ?? "an upgrade of another role")} (pid ${String(row["pid"])})${since}`;
}
