import type { Log } from "../kernel/log.ts";
import { localSettings, resetSession, type ApplyContext } from "./apply.ts";
import { healIndexes } from "./indexes.ts";
import { migrationFailure } from "./migration-failure.ts";
import type { MigrationScript } from "./script.ts";
import { splitStatements, type Statement } from "./statements.ts";

export interface StepwiseContext extends Omit<ApplyContext, "record"> {
  /** Records the intent, keeping the progress of an earlier try. */
  readonly intent: string;
  readonly progress: (statements: number) => string;
  readonly finish: string;
  /** How many statements an earlier try has done; undefined where there was none. */
  readonly done: number | undefined;
  /** Runs a step again where that is safe (retry.ts). */
  readonly retry: (step: () => Promise<void>) => Promise<void>;
  /** Behind a transaction pooler a plain SET would stay in somebody else's session. */
  readonly pooled: boolean;
  readonly log: Log;
}

/** What Postgres refuses to run inside of a transaction, or what commits by itself. */
const needsAutocommit =
  /\bCONCURRENTLY\b|^(VACUUM|CALL|DO|CLUSTER|ALTER\s+SYSTEM|REINDEX\s+(\([^)]*\)\s*)?(DATABASE|SYSTEM|SCHEMA)|(CREATE|DROP)\s+(DATABASE|TABLESPACE|SUBSCRIPTION))\b/i;

/**
 * Applies a migration statement by statement. The intent is recorded first, and after each statement how many are done:
 * a run that is killed goes on where it was. A statement that can share a transaction with that record does, and so runs
 * exactly once; one that cannot may have been done without its record, and what it left behind is looked for.
 */
export async function applyStepwise(script: MigrationScript, context: StepwiseContext): Promise<void> {
  const { session, fence } = context;
  const statements = splitStatements(script.source);
  await session.query(`${resetSession} ${context.intent}; ${fence}`);
  for (const [index, statement] of statements.entries()) {
    if (index < (context.done ?? 0)) continue;
    const resumed = context.done === index;
    if (needsAutocommit.test(statement.sql)) await runAlone(script, statement, index, resumed, context);
    else await context.retry(() => runWithRecord(script, statement, index, context));
  }
  await session.query(`${resetSession} ${context.finish}; ${fence}`);
}

async function runWithRecord(
  script: MigrationScript,
  statement: Statement,
  index: number,
  context: StepwiseContext,
): Promise<void> {
  const before = `${localSettings(script, { ...context, record: "" })}\n`;
  try {
    await context.session.query(`${before}${statement.sql}\n; ${context.progress(index + 1)}; ${context.fence}`);
  } catch (error) {
    throw migrationFailure(script, error, { before, index: statement.index });
  }
}

/** No lock_timeout here: CONCURRENTLY waits for old transactions by design, and blocks nobody while it does. */
async function runAlone(
  script: MigrationScript,
  statement: Statement,
  index: number,
  resumed: boolean,
  context: StepwiseContext,
): Promise<void> {
  const { session, fence, pooled, canCheckConnection } = context;
  try {
    await session.query(fence);
    const isThere = await healIndexes(session, statement.sql, resumed, context.log);
    if (!isThere) {
      const timeout = script.directives.statementTimeoutMs ?? 0;
      if (!pooled) await session.query(`SET statement_timeout = ${timeout}; SET lock_timeout = 0`);
      if (!pooled && canCheckConnection) await session.query("SET client_connection_check_interval = 1000");
      await session.query(statement.sql);
    }
    await session.query(`${context.progress(index + 1)}; ${fence}`);
  } catch (error) {
    throw migrationFailure(script, error, { before: "", index: statement.index });
  }
}
