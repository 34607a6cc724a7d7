import type { Row } from "../../kernel/database.ts";
import type { LedgerContext } from "../engine.ts";
import { heldTwice, waitForLock } from "../wait-for-lock.ts";
import { lockName } from "./lock-name.ts";
import type { WorkSession } from "./work-session.ts";

/** The lock, held by the session that works. */
export interface HeldLock {
  readonly session: WorkSession;
  /** The connection that holds it. */
  readonly id: number;
  /** SQL for the name of a second lock, which only this upgrade uses. */
  readonly mark: string;
  readonly release: () => Promise<void>;
}

export interface LockOptions {
  /** The locks that this upgrade holds already. */
  readonly held: readonly Pick<HeldLock, "id" | "mark">[];
  readonly timeoutSeconds: number;
}

/**
 * A lock of the server (GET_LOCK), polled. It survives the commit that is part of every DDL statement, and it stays until a
 * running statement has ended, even if its client was killed. So the session that works has to hold it.
 */
export async function acquireLock(
  session: WorkSession,
  { held, timeoutSeconds }: LockOptions,
  context: LedgerContext,
): Promise<HeldLock> {
  return waitForLock(
    {
      tryLock: () => tryLock(session, context.random),
      async refuseOwn() {
        for (const other of held) await refuseOwnLock(session, other);
      },
      describeHolder: () => describeHolder(session),
    },
    timeoutSeconds,
    context,
  );
}

async function tryLock(session: WorkSession, random: () => number): Promise<HeldLock | undefined> {
  const [row] = await session.query(`SELECT GET_LOCK(${lockName}, 0) AS locked, CONNECTION_ID() AS id`);
  if (Number(row?.["locked"]) !== 1) return undefined;
  const mark = `'seaworthy mark ${Math.floor(random() * 2 ** 52).toString(36)}'`;
  await session.query(`SELECT GET_LOCK(${mark}, 0) AS locked`);
  return {
    session,
    id: Number(row?.["id"]),
    mark,
    async release() {
      // If it fails, the lock has ended with its connection.
      await session
        .query(`SELECT RELEASE_LOCK(${lockName}) AS released, RELEASE_LOCK(${mark}) AS mark`)
        .catch(() => {});
    },
  };
}

/** Two URLs may reach one database. Without this check, the upgrade would wait for its own lock for ever. */
async function refuseOwnLock(session: WorkSession, { id, mark }: Pick<HeldLock, "id" | "mark">): Promise<void> {
  // Connections of two servers may have one number. The mark shows that it is the same server.
  const [row] = await session.query(
    `SELECT IS_USED_LOCK(${mark}) = ${id} AND IS_USED_LOCK(${lockName}) = ${id} AS own`,
  );
  if (Number(row?.["own"]) !== 1) return;
  throw heldTwice();
}

/** Names the lock's holder, as far as this user may see it. */
async function describeHolder(session: WorkSession): Promise<string> {
  const [row] = await session.query(`SELECT IS_USED_LOCK(${lockName}) AS id`);
  const id = row?.["id"];
  if (id === null || id === undefined) return "an upgrade that has just ended";
  const rows = await session.query("SHOW PROCESSLIST");
  const holder = rows.find((one: Row) => String(one["Id"]) === String(id));
  if (holder === undefined) return `connection ${String(id)}, of another user`;
  return `connection ${String(id)} (${String(holder["User"])}@${String(holder["Host"])})`;
}
