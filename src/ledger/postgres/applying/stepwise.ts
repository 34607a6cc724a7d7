import { firstStatementsDone } from "../../../kernel/count.ts";
import { ExitCode, Failure } from "../../../kernel/failure.ts";
import type { Log } from "../../../kernel/log.ts";
import { localSettings, resetSession, type ApplyContext } from "./transaction.ts";
import { healIndexes } from "./invalid-indexes.ts";
import { textOf, type MessagePart } from "./message.ts";
import { migrationFailure, statementFailure } from "./migration-failure.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import { runsAlone } from "../../../migrations/sql/postgres/own-transaction.ts";
import { placeOf } from "../../../migrations/sql/place.ts";
import type { Statement } from "../../../migrations/sql/statement.ts";
import { hashOfStatement, splitStatements } from "../../../migrations/sql/statements.ts";

export interface StepwiseContext extends Omit<ApplyContext, "record"> {
  /** Records the intent, keeping the progress of an earlier try. */
  readonly intent: string;
  /** Records how many statements are done, with the hashes that were not recorded yet. */
  readonly progress: (statements: number, hashes: readonly string[]) => string;
  /** Records these hashes for the finished statements. */
  readonly adopt: (hashes: readonly string[]) => string;
  readonly finish: string;
  /** How many statements an earlier try has done, if there was one. */
  readonly done: number | undefined;
  /** Retries a step if that is safe (../../applying/retry.ts). */
  readonly retry: (step: () => Promise<void>) => Promise<void>;
  readonly log: Log;
}

/** Whether a statement changes a setting for the rest of the file. */
function isSetting({ words: [first, second = ""] }: Statement): boolean {
  return first === "RESET" || (first === "SET" && !["LOCAL", "CONSTRAINTS"].includes(second));
}

interface Step {
  readonly statement: Statement;
  /** An earlier try may have done it without recording it. */
  readonly resumed: boolean;
  /** The file's SET statements before it. */
  readonly settings: readonly Statement[];
  /** Records that it is done, and the file's SET statements since the last record. */
  readonly progress: string;
}

/**
 * Applies a migration statement by statement. It records the intent first, and its progress after each statement, so a killed
 * run can be resumed. A statement that can share a transaction with its record runs exactly once. Others may have run without
 * their record: then the next run looks for what they left behind.
 */
export async function applyStepwise(script: MigrationScript, context: StepwiseContext): Promise<void> {
  const { session, fence, done = 0 } = context;
  const hash = (statement: Statement) => hashOfStatement(statement, script.dialect);
  const statements = splitStatements(script.source, script.dialect);
  if (done > 0) context.log.info(`resuming ${script.name}: ${firstStatementsDone(done)}`, { migration: script.name });
  const adopt = context.adopt(statements.slice(0, done).map(hash));
  await session.execute(`${resetSession} ${context.intent}; ${adopt}; ${fence}`);
  let resumed = context.done !== undefined;
  const settings: Statement[] = [];
  let recorded = done;
  for (const [index, statement] of statements.entries()) {
    // SET is not a step of its own: a resumed run needs it too.
    if (isSetting(statement)) settings.push(statement);
    else if (index >= done) {
      const progress = context.progress(index + 1, statements.slice(recorded, index + 1).map(hash));
      const step: Step = { statement, resumed, settings: [...settings], progress };
      if (runsAlone(statement)) await runAlone(script, step, context);
      else await context.retry(() => runWithRecord(script, step, context));
      resumed = false;
      recorded = index + 1;
    }
  }
  await session.execute(`${resetSession} ${context.finish}; ${fence}`);
}

async function runWithRecord(
  script: MigrationScript,
  { statement, settings, progress }: Step,
  context: StepwiseContext,
): Promise<void> {
  const { session, fence } = context;
  const parts: readonly MessagePart[] = [
    { sql: `BEGIN; ${localSettings(script, { ...context, record: "" })} ${progress}; ` },
    ...settings.flatMap(asParts),
    { sql: statement.sql, index: statement.index },
    { sql: `\n; ${resetSession} ${fence}; COMMIT` },
  ];
  try {
    await session.execute(textOf(parts));
  } catch (error) {
    await session.execute("ROLLBACK").catch(() => {});
    throw statementFailure(script, error, { parts, index: statement.index });
  }
}

/** The statement may end in a comment. */
const asParts = ({ sql, index }: Statement): readonly MessagePart[] => [{ sql, index }, { sql: "\n; " }];

/** No lock_timeout here: CONCURRENTLY waits for old transactions by design, and blocks no other session meanwhile. */
async function runAlone(script: MigrationScript, step: Step, context: StepwiseContext): Promise<void> {
  const { session, fence, pooled } = context;
  const { statement, resumed, settings, progress } = step;
  const run = async (parts: readonly MessagePart[]) => {
    await session.execute(textOf(parts)).catch((error: unknown) => {
      throw migrationFailure(script, error, parts);
    });
  };
  if (pooled) refusePooledSettings(script, step);
  const own = { sql: pooled ? fence : `${fence}; ${sessionSettings(script, context)} ` };
  await run(pooled ? [own] : [own, ...settings.flatMap(asParts)]);
  const isThere = await healIndexes(session, statement.sql, resumed, context.log).catch((error: unknown) => {
    throw migrationFailure(script, error);
  });
  if (!isThere) await run([{ sql: statement.sql, index: statement.index }]);
  await run([{ sql: `${resetSession} ${progress}; ${fence}` }]);
}

function sessionSettings({ directives }: MigrationScript, { canCheckConnection }: StepwiseContext): string {
  const check = canCheckConnection ? "SET client_connection_check_interval = 1000;" : "";
  return `${resetSession} SET statement_timeout = ${directives.statementTimeoutMs ?? 0}; SET lock_timeout = 0; ${check}`;
}

/** Behind a pooler, a plain SET reaches other clients' transactions, and this statement only by chance. */
function refusePooledSettings({ path, source, directives }: MigrationScript, { statement, settings }: Step): void {
  if (settings.length === 0 && directives.statementTimeoutMs === undefined) return;
  const { line, column } = placeOf(source, statement.index);
  const what = settings.length === 0 ? "statement-timeout" : settings.map(({ sql }) => `${sql};`).join(" ");
  const fix = "Let upgrade.url lead to the server itself, or remove it";
  throw new Failure(
    ExitCode.configuration,
    `${path}:${line}:${column}: "${what}" cannot hold for a statement outside of a transaction behind a transaction pooler. ${fix}.`,
  );
}
