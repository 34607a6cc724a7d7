import type { Variables } from "./libpq-defaults.ts";

export interface ConnectOptions {
  readonly url: string;
  /** Where libpq's PG… variables are read. Default: none but those that the driver reads itself. */
  readonly variables?: Variables;
  /** Shown in pg_stat_activity. Postgres keeps 63 bytes of it. */
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  /** How long the session may take in all, from the connecting to the last answer. Default: for ever. */
  readonly totalTimeoutMs?: number;
  /** Called for every notification of a channel that the session listens to. */
  readonly onNotify?: () => void;
}
