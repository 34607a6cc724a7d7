import type { Clock } from "../../../kernel/clock.ts";
import type { Session } from "../../../kernel/database.ts";

export interface BlockerWatch {
  /** Who was seen to block the work session last. */
  readonly seen: () => string | undefined;
  /** Forgets who was seen, and looks until `stop` is called: at least once in every wait of that many milliseconds. */
  readonly start: (lockTimeoutMs: number) => { readonly stop: () => void };
}

const longestMs = 5000;

/**
 * Finds out who blocks the work session, while it waits: once lock_timeout has struck, nobody does any more. Asks on the
 * lock's session, which is idle. The SQL of the blocker is not shown: it may hold data.
 */
export function watchBlockers(session: Session, workApplicationName: string, clock: Clock): BlockerWatch {
  let blocker: string | undefined;
  // The view is frozen for the length of a transaction, which the lock's session never ends.
  const look = async () => {
    const [row] = await session.query(`SELECT pg_catalog.pg_stat_clear_snapshot();
      SELECT other.pid, NULLIF(other.application_name, '') AS name, other.usename AS role, other.state,
        round(extract(epoch FROM clock_timestamp() - other.xact_start))::text AS seconds
      FROM pg_catalog.pg_stat_activity AS work
        CROSS JOIN LATERAL unnest(pg_catalog.pg_blocking_pids(work.pid)) AS blocking(pid)
        JOIN pg_catalog.pg_stat_activity AS other ON other.pid = blocking.pid
      WHERE work.application_name = ${session.literal(workApplicationName)} AND work.wait_event_type = 'Lock'
        AND work.datname = pg_catalog.current_database() LIMIT 1`);
    if (row === undefined) return;
    const { pid, name, role, state, seconds } = row;
    const since = seconds === null ? "" : `, in its transaction for ${String(seconds)} s`;
    blocker = `pid ${String(pid)} (${[name ?? "no application name", role, state].filter(Boolean).join(", ")}${since})`;
  };
  return {
    seen: () => blocker,
    start(lockTimeoutMs) {
      blocker = undefined;
      // Shortly before lock_timeout strikes: whoever is in the way then is the one that counts.
      const everyMs = lockTimeoutMs === 0 ? longestMs : Math.min(0.7 * lockTimeoutMs, longestMs);
      let cancel = clock.after(everyMs, watch);
      function watch(): void {
        cancel = clock.after(everyMs, watch);
        void look().catch(() => {});
      }
      return { stop: () => cancel() };
    },
  };
}
