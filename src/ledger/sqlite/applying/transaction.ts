import type { ReadSession, Session } from "../../../kernel/database.ts";
import { statementSeparator } from "../../../kernel/statement-separator.ts";
import { loadModule } from "../../../migrations/module.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import { splitStatements } from "../../../migrations/sql/statements.ts";
import { runModule } from "../../applying/run-module.ts";
import { createSettling } from "../../applying/settling.ts";
import { traceCalls } from "../../applying/traced-calls.ts";
import { beginWriting, rollBack } from "../writing.ts";
import { messageFailure, moduleFailure, type MessagePart } from "./failure.ts";
import { findOrphans, refuseNewOrphans } from "./foreign-keys.ts";
import { createModuleQuery } from "./module-query.ts";

/** Everything but the migration that applying it needs. */
export interface ApplyContext {
  /** The session of the process that holds the lock. */
  readonly session: Session;
  /** How long a statement may wait for a lock, in milliseconds. A migration can override it. */
  readonly lockTimeoutMs: number;
  /** A session that reads what is committed. */
  readonly committed: ReadSession;
  /** Aborted on an interruption. */
  readonly signal: AbortSignal;
  /** Statements that record the migration. */
  readonly record: readonly string[];
}

/** Applies a SQL migration in one transaction with its record: both are there, or neither is. */
export async function applySql(script: MigrationScript, context: ApplyContext): Promise<void> {
  const statements = splitStatements(script.source, script.dialect);
  const parts = [
    ...context.record.map((sql) => ({ sql })),
    ...statements.map((statement) => ({ sql: statement.sql, statement })),
  ];
  let running: readonly MessagePart[] = [];
  const run = async (message: readonly MessagePart[]) => {
    running = message;
    if (message.length > 0) await context.session.execute(textOf(message));
  };
  try {
    await inTransaction(script, context, async () => {
      await run(parts);
      running = [];
    });
  } catch (error) {
    throw messageFailure(script, error, running);
  }
}

/** Applies a JavaScript migration: runs `up({ query })` inside the transaction that records it. */
export async function applyModule(script: MigrationScript, context: ApplyContext): Promise<void> {
  const { session, record, signal } = context;
  const calls = traceCalls();
  try {
    const up = loadModule(script.path);
    await inTransaction(script, context, async () => {
      await session.execute(record.join(statementSeparator));
      const settling = createSettling(script);
      const send = createModuleQuery(session);
      const query = calls.trace((sql, values) => settling.run(() => send(sql, values)));
      await runModule(up, { query, settling, signal });
      calls.throwRefused();
      // SQLite does not end a transaction at a failed statement, and a migration must not go on after one.
      const failed = calls.firstFailed();
      if (failed !== undefined) throw failed.error;
    });
  } catch (error) {
    throw moduleFailure(script, error, calls);
  }
}

/** The record comes first: if two runners ever got here, the second would fail at it without having changed anything. */
async function inTransaction(
  { directives }: MigrationScript,
  { session, committed, lockTimeoutMs }: ApplyContext,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await session.execute(beginWriting(directives.lockTimeoutMs ?? lockTimeoutMs));
    // The check reads all tables that refer to others, so do it twice only if it must be: in rollback mode, a transaction that
    // is larger than SQLite's cache keeps readers out.
    const [mode] = await session.query("PRAGMA journal_mode");
    const before = mode?.["journal_mode"] === "wal" ? undefined : await findOrphans(session);
    await run();
    const after = await findOrphans(session);
    if (after.found.size + after.unchecked.size > 0) refuseNewOrphans(before ?? (await findOrphans(committed)), after);
    await session.execute("COMMIT");
  } catch (error) {
    await rollBack(session);
    throw error;
  }
}

export const textOf = (parts: readonly MessagePart[]) => parts.map(({ sql }) => sql).join(statementSeparator);
