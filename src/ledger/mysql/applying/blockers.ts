import type { Clock } from "../../../kernel/clock.ts";
import type { Row, Session } from "../../../kernel/database.ts";

export interface BlockerWatch {
  /** The session last seen blocking the working session. */
  readonly seen: () => string | undefined;
  /** Starts afresh, and looks until `stop` is called: at least once in every wait of that many milliseconds. */
  readonly start: (lockTimeoutMs: number) => { readonly stop: () => void };
}

const longestMs = 5000;

/**
 * Finds the session that blocks the working session, by asking in another one during the wait. Which tables tell depends on
 * the server, its plug-ins and the user's rights, so it tries them in turn. It does not show the blocker's SQL, which may hold
 * data.
 */
export function watchBlockers(session: Pick<Session, "query">, workId: number, clock: Clock): BlockerWatch {
  let blocker: string | undefined;
  const look = async () => {
    blocker = (await findBlocker(session, workId)) ?? blocker;
  };
  return {
    seen: () => blocker,
    start(lockTimeoutMs) {
      blocker = undefined;
      // Look shortly before the timeout: the session that blocks then is the one to report.
      const everyMs = lockTimeoutMs === 0 ? longestMs : Math.min(0.7 * Math.max(1000, lockTimeoutMs), longestMs);
      let cancel = clock.after(everyMs, watch);
      function watch(): void {
        cancel = clock.after(everyMs, watch);
        void look().catch(() => {});
      }
      return { stop: () => cancel() };
    },
  };
}

/** The session that blocks the working session now. Undefined if none is seen. */
export async function findBlocker(session: Pick<Session, "query">, workId: number): Promise<string | undefined> {
  for (const ask of questions(workId)) {
    const [row] = await session.query(ask).catch((): readonly Row[] => []);
    if (row !== undefined) return describe(row);
  }
  return undefined;
}

const process = "p.ID AS id, p.USER AS user, p.HOST AS host, p.COMMAND AS command";
const since = "TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS seconds";

function questions(workId: number): readonly string[] {
  const processes = "information_schema.PROCESSLIST AS p";
  const transactions = "information_schema.INNODB_TRX AS t";
  return [
    // A row lock, on MariaDB and on MySQL.
    `SELECT ${process}, ${since} FROM information_schema.INNODB_LOCK_WAITS AS w
      JOIN ${transactions} ON t.trx_id = w.blocking_trx_id JOIN ${processes} ON p.ID = t.trx_mysql_thread_id
      JOIN information_schema.INNODB_TRX AS own ON own.trx_id = w.requesting_trx_id
      WHERE own.trx_mysql_thread_id = ${workId} ORDER BY t.trx_started LIMIT 1`,
    `SELECT ${process}, ${since} FROM performance_schema.data_lock_waits AS w
      JOIN ${transactions} ON t.trx_id = w.BLOCKING_ENGINE_TRANSACTION_ID JOIN ${processes} ON p.ID = t.trx_mysql_thread_id
      JOIN information_schema.INNODB_TRX AS own ON own.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID
      WHERE own.trx_mysql_thread_id = ${workId} ORDER BY t.trx_started LIMIT 1`,
    // A lock of a table's definition: MySQL, then MariaDB with the plug-in METADATA_LOCK_INFO.
    `SELECT ${process} FROM performance_schema.metadata_locks AS m
      JOIN performance_schema.threads AS h ON h.THREAD_ID = m.OWNER_THREAD_ID JOIN ${processes} ON p.ID = h.PROCESSLIST_ID
      JOIN performance_schema.metadata_locks AS mine ON mine.OBJECT_SCHEMA = m.OBJECT_SCHEMA AND mine.OBJECT_NAME = m.OBJECT_NAME
      JOIN performance_schema.threads AS me ON me.THREAD_ID = mine.OWNER_THREAD_ID
      WHERE me.PROCESSLIST_ID = ${workId} AND mine.LOCK_STATUS = 'PENDING' AND m.LOCK_STATUS = 'GRANTED' AND p.ID <> ${workId} LIMIT 1`,
    `SELECT ${process} FROM information_schema.METADATA_LOCK_INFO AS m JOIN ${processes} ON p.ID = m.THREAD_ID
      JOIN information_schema.METADATA_LOCK_INFO AS mine ON mine.TABLE_SCHEMA = m.TABLE_SCHEMA
      WHERE mine.THREAD_ID = ${workId} AND p.ID <> ${workId} AND m.TABLE_NAME <> '' LIMIT 1`,
    // Otherwise only a guess: the oldest open transaction, while the working session waits for a definition.
    `SELECT ${process}, ${since}, 1 AS guessed FROM ${transactions} JOIN ${processes} ON p.ID = t.trx_mysql_thread_id
      WHERE p.ID <> ${workId} AND p.DB = DATABASE() AND EXISTS (SELECT 1 FROM information_schema.PROCESSLIST AS own
        WHERE own.ID = ${workId} AND own.STATE LIKE 'Waiting for%lock%') ORDER BY t.trx_started LIMIT 1`,
  ];
}

function describe({ id, user, host, command, seconds, guessed }: Row): string {
  const age = seconds === undefined || seconds === null ? "" : `, in its transaction for ${String(seconds)} s`;
  const doubt = guessed === undefined ? "" : " perhaps";
  return `connection ${String(id)} (${String(user)}@${String(host)}, ${String(command)}${age})${doubt}`;
}
