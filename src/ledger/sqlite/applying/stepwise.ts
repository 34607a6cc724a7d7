import { StatementError } from "../../../kernel/database.ts";
import { firstStatementsDone } from "../../../kernel/count.ts";
import { statementSeparator } from "../../../kernel/statement-separator.ts";
import type { Log } from "../../../kernel/log.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import { isPragma, journalModeSetBy, pragmaBeforeVacuum, runsAlone } from "../../../migrations/sql/sqlite/alone.ts";
import type { Statement } from "../../../migrations/sql/statement.ts";
import { hashOfStatement, splitStatements } from "../../../migrations/sql/statements.ts";
import { beginWriting, rollBack, write } from "../writing.ts";
import { messageFailure, type MessagePart } from "./failure.ts";
import { textOf, type ApplyContext } from "./transaction.ts";

export interface StepwiseContext extends Omit<ApplyContext, "record"> {
  /** Records the intent, keeping the progress of an earlier try. */
  readonly intent: string;
  /** Records how many statements are done, with the hashes that were not recorded yet. */
  readonly progress: (statements: number, hashes: readonly string[]) => readonly string[];
  /** Records these hashes for the finished statements. */
  readonly adopt: (hashes: readonly string[]) => readonly string[];
  readonly finish: readonly string[];
  /** How many statements an earlier try has done, if there was one. */
  readonly done: number | undefined;
  /** Retries a step. */
  readonly retry: (step: () => Promise<void>) => Promise<void>;
  readonly log: Log;
}

/**
 * Applies a migration statement by statement. A statement that can share a transaction with its record runs exactly once. VACUUM
 * may have run without its record, and then runs again, which changes nothing. A PRAGMA holds for the statements after it, so
 * a resumed run sets it again.
 */
export async function applyStepwise(script: MigrationScript, context: StepwiseContext): Promise<void> {
  const { session, done = 0, retry } = context;
  const hash = (statement: Statement) => hashOfStatement(statement, script.dialect);
  const statements = splitStatements(script.source, script.dialect);
  if (done > 0) context.log.info(`resuming ${script.name}: ${firstStatementsDone(done)}`, { migration: script.name });
  await write(session, [context.intent, ...context.adopt(statements.slice(0, done).map(hash))]);
  const settings: MessagePart[] = [];
  const begin = partsOf(beginWriting(script.directives.lockTimeoutMs ?? context.lockTimeoutMs));
  const [wait = { sql: "" }] = begin;
  let recorded = done;
  for (const [index, statement] of statements.entries()) {
    const part: MessagePart = { sql: statement.sql, statement };
    if (isPragma(statement)) {
      await retry(() => setPragma(script, [wait, ...settings, part], context));
      settings.push(part);
    } else if (index >= done) {
      const added = context.progress(index + 1, statements.slice(recorded, index + 1).map(hash));
      const progress = added.map((sql) => ({ sql }));
      const step = runsAlone(statement)
        ? [wait, ...settings, part, ...begin.slice(1), ...progress]
        : [wait, ...settings, ...begin.slice(1), ...progress, part];
      await retry(() => run(script, [...step, { sql: "COMMIT" }], context));
      recorded = index + 1;
    }
  }
  await write(session, context.finish);
}

const partsOf = (message: string): readonly MessagePart[] => message.split(statementSeparator).map((sql) => ({ sql }));

async function run(script: MigrationScript, parts: readonly MessagePart[], { session }: StepwiseContext) {
  try {
    await session.execute(textOf(parts));
  } catch (error) {
    await rollBack(session);
    throw messageFailure(script, error, parts);
  }
}

/** SQLite answers with the old journal mode if it cannot change it. */
async function setPragma(
  script: MigrationScript,
  parts: readonly MessagePart[],
  { session }: StepwiseContext,
): Promise<void> {
  const statement = parts.at(-1)?.statement;
  const wanted = journalModeSetBy(statement?.sql ?? "");
  const unchanged = (reason: string) =>
    new StatementError(reason, { sqlState: "0A000", statementsDone: parts.length - 1, cause: undefined });
  try {
    const [row] = await session.query(textOf(parts));
    const mode = Object.values(row ?? {})[0];
    if (wanted !== undefined && mode !== wanted) throw unchanged(`SQLite keeps the journal mode ${String(mode)}.`);
    if (statement !== undefined && pragmaBeforeVacuum(statement) === "page_size" && (await isInWalMode(session)))
      throw unchanged(pageSizeInWalMode);
  } catch (error) {
    throw messageFailure(script, error, parts);
  }
}

const pageSizeInWalMode =
  "in WAL mode, SQLite keeps the page size. Write `PRAGMA journal_mode = DELETE;` before it, and `PRAGMA journal_mode = WAL;` after the VACUUM.";

async function isInWalMode(session: StepwiseContext["session"]): Promise<boolean> {
  const [row] = await session.query("PRAGMA journal_mode");
  return row?.["journal_mode"] === "wal";
}
