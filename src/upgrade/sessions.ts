import type { Clock } from "../kernel/clock.ts";
import { UnreachableError, type Session } from "../kernel/database.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import { pause } from "./pause.ts";
import { lockLost } from "./refusal.ts";

/** Opens a session that tells the server what it is for. Rejects with an UnreachableError. */
export type OpenSession = (url: string, purpose: string) => Promise<Session>;

export interface PatienceOptions {
  readonly connectTimeoutSeconds: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

interface OpenerOptions extends PatienceOptions {
  readonly openSession: OpenSession;
}

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

/** A cancel request may overtake the statement that it is meant for: so it is sent until the session is closed. */
const cancelEveryMs = 250;

/** Opens sessions that are closed at once, together, and whose work is cancelled when the upgrade is interrupted. */
export function createOpener(options: OpenerOptions, opened: AsyncDisposableStack): OpenSession {
  const { clock, signal } = options;
  const closings: (() => Promise<void>)[] = [];
  let closed = false;
  opened.defer(async () => {
    closed = true;
    await Promise.all(closings.map((close) => close()));
  });
  return async (url, purpose) => {
    const session = await tryPatiently(() => options.openSession(url, purpose), options);
    // It was given up while it was opened: nobody is there to use or to close it.
    if (closed) await session.close();
    let stop = () => {};
    const cancel = () => {
      void session.cancel();
      stop = clock.after(cancelEveryMs, cancel);
    };
    signal.addEventListener("abort", cancel);
    closings.push(async () => {
      signal.removeEventListener("abort", cancel);
      stop();
      await session.close();
    });
    return untilAborted(session, signal);
  };
}

/** A signal may come between two statements, where there is nothing to cancel: the next one is not sent any more. */
function untilAborted(session: Session, signal: AbortSignal): Session {
  return {
    ...session,
    async query(sql) {
      signal.throwIfAborted();
      return session.query(sql).catch((error: unknown) => {
        throw lockLost(error);
      });
    },
    async execute(sql) {
      signal.throwIfAborted();
      return session.execute(sql).catch((error: unknown) => {
        throw lockLost(error);
      });
    },
    async queryWith(sql, values) {
      signal.throwIfAborted();
      return session.queryWith(sql, values);
    },
  };
}

/** A database that is being started with us is waited for; a wrong password is not. Throws a Failure (69). */
export async function tryPatiently<T>(reach: () => Promise<T>, options: PatienceOptions): Promise<T> {
  const { clock, connectTimeoutSeconds, log, signal } = options;
  const deadline = clock.now() + connectTimeoutSeconds * 1000;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await reach();
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      if (!error.transient || clock.now() >= deadline)
        throw new Failure(ExitCode.unreachable, error.message, { cause: error });
      if (attempt === 1) log.warn(`${error.message} Trying again for up to ${connectTimeoutSeconds} s.`);
      await pause(clock, 250 + 250 * options.random(), signal);
    }
  }
}
