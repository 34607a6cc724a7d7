import type { Session } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";

/**
 * Keeps a server with idle_session_timeout from ending a session that waits. Holds until the next RESET ALL. Does nothing
 * behind a transaction pooler, where other clients use the server's session meanwhile.
 */
export async function stayWhileIdle(session: Session): Promise<void> {
  if (await session.isPooled()) return;
  // Null before Postgres 14, which lacks this setting. A query of pg_settings would take a millisecond.
  await session.query(`SELECT pg_catalog.set_config('idle_session_timeout', '0', false)
    WHERE pg_catalog.current_setting('idle_session_timeout', true) <> '0'`);
}

/** The properties of a session that its server decides. */
export interface ServerSettings {
  /** The session's application_name, as cut by Postgres. */
  readonly name: string;
  /** Whether the server has client_connection_check_interval (Postgres ≥ 14). */
  readonly canCheckConnection: boolean;
  /** Whether a backslash in '…' stands for more than itself (standard_conforming_strings is off). */
  readonly escapesInStrings: boolean;
  /** Whether statement_timeout and idle_in_transaction_session_timeout are off by default. */
  readonly withoutTimeouts: boolean;
}

/**
 * Reads them before any migration SETs one. Throws a Failure (78) if the database is read-only: even an upgrade without
 * migrations records its release, and its hooks must not run in vain.
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
