import type { Clock } from "../../../kernel/clock.ts";
import type { Row, Session } from "../../../kernel/database.ts";

export interface BlockerWatch {
  /** The session last seen blocking the work session. */
  readonly seen: () => string | undefined;
  /** Starts afresh, and looks until `stop` is called: at least once in every wait of that many milliseconds. */
  readonly start: (lockTimeoutMs: number) => { readonly stop: () => void };
}

const longestMs = 5000;

export const blockerColumns = `other.pid, NULLIF(other.application_name, '') AS name, other.usename AS role, other.state,
  round(extract(epoch FROM clock_timestamp() - other.xact_start))::text AS seconds`;
export const blockerJoin = `CROSS JOIN LATERAL unnest(pg_catalog.pg_blocking_pids(work.pid)) AS blocking(pid)
  JOIN pg_catalog.pg_stat_activity AS other ON other.pid = blocking.pid`;

/** SQL condition for the working session, as `work`. */
export function isWork(session: Pick<Session, "literal">, applicationName: string): string {
  return `work.application_name = ${session.literal(applicationName)} AND work.datname = pg_catalog.current_database()`;
}

export function describeBlocker({ pid, name, role, state, seconds }: Row): string {
  const since = seconds === null ? "" : `, in its transaction for ${String(seconds)} s`;
  return `pid ${String(pid)} (${[name ?? "no application name", role, state].filter(Boolean).join(", ")}${since})`;
}

/**
 * Finds the session that blocks the work session. It must look during the wait: after lock_timeout, nothing is blocked. It
 * asks on the lock's session, which is idle. It does not show the blocker's SQL, which may hold data.
 */
export function watchBlockers(session: Session, workApplicationName: string, clock: Clock): BlockerWatch {
  let blocker: string | undefined;
  // Postgres freezes the view for a whole transaction, and the lock's session is always in one.
  const look = async () => {
    const [row] = await session.query(`SELECT pg_catalog.pg_stat_clear_snapshot();
      SELECT ${blockerColumns} FROM pg_catalog.pg_stat_activity AS work ${blockerJoin}
      WHERE ${isWork(session, workApplicationName)} AND work.wait_event_type = 'Lock' LIMIT 1`);
    if (row !== undefined) blocker = describeBlocker(row);
  };
  return {
    seen: () => blocker,
    start(lockTimeoutMs) {
      blocker = undefined;
      // Look shortly before lock_timeout: the session that blocks then is the one to report.
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
