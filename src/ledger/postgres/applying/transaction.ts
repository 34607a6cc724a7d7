import type { Session } from "../../../kernel/database.ts";
import { textOf, type MessagePart } from "./message.ts";
import { migrationFailure } from "./migration-failure.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import { takeModes } from "../../../migrations/sql/postgres/transaction-mode.ts";

/**
 * Undoes a migration's SETs, such as the empty search_path of pg_dump's files. It runs before the transaction ends: behind a
 * transaction pooler, a SET would stay in another client's session.
 */
export const resetSession = "RESET SESSION AUTHORIZATION; RESET ALL; RESET ROLE;";

/** Everything but the migration that applying it needs. */
export interface ApplyContext {
  readonly session: Session;
  /** Aborted on an interruption. */
  readonly signal: AbortSignal;
  /** A statement that fails unless the upgrade lock is held (../lock.ts). */
  readonly fence: string;
  /** Behind a transaction pooler, a session may have other clients' settings, and a plain SET would stay in it. */
  readonly pooled: boolean;
  /** Whether the server has client_connection_check_interval (Postgres ≥ 14). */
  readonly canCheckConnection: boolean;
  /** Whether statement_timeout and idle_in_transaction_session_timeout are off by default. */
  readonly withoutTimeouts: boolean;
  /** How long a statement may wait for a lock, in milliseconds. A migration can override it. */
  readonly lockTimeoutMs: number;
  /** The SQL of the migration's record (../tables/history.ts). */
  readonly record: string;
}

/**
 * Applies a SQL migration as one message, which Postgres runs as one transaction: if either side is killed, the migration and
 * its record are both there, or neither is. The record comes first: if two runners ever get here, the second waits at the
 * first one's row, and then fails without having changed anything.
 */
export async function applySql(script: MigrationScript, context: ApplyContext): Promise<void> {
  const parts = partsOf(script, context);
  try {
    await context.session.execute(textOf(parts));
  } catch (error) {
    await context.session.query("ROLLBACK").catch(() => {});
    throw migrationFailure(script, error, parts);
  }
}

/**
 * Several statements in one message are a transaction anyway, but one in which SAVEPOINT is refused: hence BEGIN. The
 * isolation level is set before the record, which is a query.
 */
function partsOf(script: MigrationScript, context: ApplyContext): readonly MessagePart[] {
  const { modes, rest } = takeModes(script.source);
  return [
    { sql: "BEGIN; " },
    ...modes.flatMap(({ sql, index }) => [{ sql, index }, { sql: "; " }]),
    { sql: `${localSettings(script, context)} ${context.record};\n` },
    { sql: rest, index: 0 },
    { sql: endOf(context) },
  ];
}

/** The SQL after a migration, which may end without a semicolon, or in a comment. */
const endOf = ({ fence }: Pick<ApplyContext, "fence">) => `\n; ${resetSession} ${fence}; COMMIT`;

/** Applies a JavaScript migration: runs `up({ query })` inside the transaction that records it. */
export async function applyModule(script: MigrationScript, context: ApplyContext): Promise<void> {
  const { session, signal } = context;
  const { loadModule } = await import("../../../migrations/module.ts");
  const { runModule } = await import("../../applying/run-module.ts");
  const { createSettling } = await import("../../applying/settling.ts");
  const { traceCalls } = await import("../../applying/traced-calls.ts");
  const { moduleFailure } = await import("./module-failure.ts");
  const { createModuleQuery } = await import("./module-query.ts");
  const calls = traceCalls();
  const end = endOf(context);
  try {
    const up = loadModule(script.path);
    await session.execute(`BEGIN; ${localSettings(script, context)}`);
    const { query: send, writeRecord } = createModuleQuery(session, context.record);
    const settling = createSettling(script);
    const query = calls.trace((sql, values) => settling.run(() => send(sql, values)));
    // A query that failed and that the module does not await makes the end of the transaction fail.
    await runModule(up, { query, settling, signal });
    calls.throwRefused();
    await writeRecord();
    await session.execute(end);
  } catch (error) {
    // Ignore errors: without a connection there is nothing to roll back. Without a transaction, Postgres only warns.
    await session.query("ROLLBACK").catch(() => {});
    throw moduleFailure(script, error, calls, [{ sql: end }]);
  }
}

/**
 * A migration's SETs must not reach the next one. lock_timeout: while a migration waits for a lock, the app's queries queue
 * behind it. client_connection_check_interval: the server must notice within a second that seaworthy was killed, or the
 * locks would stay until the statement ends.
 */
export function localSettings(
  { directives }: MigrationScript,
  { canCheckConnection, lockTimeoutMs, pooled, withoutTimeouts }: ApplyContext,
): string {
  const { statementTimeoutMs = 0 } = directives;
  const settings = [
    // Without a pooler, every transaction has ended with this reset.
    pooled ? resetSession : "",
    `SET LOCAL lock_timeout = ${directives.lockTimeoutMs ?? lockTimeoutMs};`,
    withoutTimeouts && statementTimeoutMs === 0 ? "" : `SET LOCAL statement_timeout = ${statementTimeoutMs};`,
    withoutTimeouts ? "" : "SET LOCAL idle_in_transaction_session_timeout = 0;",
    canCheckConnection ? "SET LOCAL client_connection_check_interval = 1000;" : "",
  ];
  return settings.filter((setting) => setting !== "").join(" ");
}
