import type { Session } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";

/**
 * Before a wait of any length: a server that ends idle sessions would end this one. Holds until the next RESET ALL.
 * Behind a transaction pooler the server's session is somebody else's meanwhile.
 */
export async function stayWhileIdle(session: Session): Promise<void> {
  if (await session.isPooled()) return;
  // Null where the server does not know it (Postgres < 14). To look for it in pg_settings takes a millisecond.
  await session.query(`SELECT pg_catalog.set_config('idle_session_timeout', '0', false)
    WHERE pg_catalog.current_setting('idle_session_timeout', true) <> '0'`);
}

/** What a session has been given by its server. */
export interface ServerSettings {
  /** The session's own application_name, as Postgres has cut it. */
  readonly name: string;
  /** Whether the server knows client_connection_check_interval (Postgres ≥ 14). */
  readonly canCheckConnection: boolean;
  /** Whether a backslash in '…' stands for more than itself (standard_conforming_strings is off). */
  readonly escapesInStrings: boolean;
  /** Whether every transaction begins without statement_timeout and idle_in_transaction_session_timeout. */
  readonly withoutTimeouts: boolean;
}

/**
 * Reads them: before anything has SET one. Throws a Failure (78) where nothing can be written: an upgrade with nothing to
 * apply has its release to record, and its hooks must not run in vain.
 */
export async function readSettings(session: Session): Promise<ServerSettings> {
  const pooled = await session.isPooled();
  const [row] =
    await session.query(`SELECT current_setting('client_connection_check_interval', true) IS NOT NULL AS check,
      current_setting('application_name') AS name, current_setting('standard_conforming_strings') = 'off' AS escapes,
      pg_catalog.pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS read_only,
      current_setting('statement_timeout') = '0' AND current_setting('idle_in_transaction_session_timeout') = '0' AS endless`);
  refuseReadOnly({ isStandby: row?.["standby"] === true, isReadOnly: row?.["read_only"] === true });
  return {
    name: String(row?.["name"]),
    canCheckConnection: row?.["check"] === true,
    escapesInStrings: row?.["escapes"] === true,
    // Behind a transaction pooler the next transaction's session may be another one.
    withoutTimeouts: !pooled && row?.["endless"] === true,
  };
}

function refuseReadOnly({
  isStandby,
  isReadOnly,
}: {
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
}): void {
  if (!isStandby && !isReadOnly) return;
  const [cause, fix] = isStandby
    ? ["the server is a standby, which cannot be written to", "Set upgrade.url to the primary server"]
    : [
        "default_transaction_read_only is on for this server, database or role",
        "Turn it off, or set upgrade.url to a role that may write",
      ];
  throw new Failure(ExitCode.configuration, `cannot upgrade: ${cause}. ${fix}. Nothing was changed.`);
}
