import type { Variables } from "./libpq-defaults.ts";

export interface ConnectOptions {
  readonly url: string;
  /** The source of libpq's PG… variables. Default: none, except those that the driver itself reads. */
  readonly variables?: Variables;
  /** Shown in pg_stat_activity. Postgres keeps 63 bytes of it. */
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  /** The time limit for the whole session, from connecting to the last answer. Default: none. */
  readonly totalTimeoutMs?: number;
  /** Called for every notification on the session's channels. */
  readonly onNotify?: () => void;
}
