import { firstStatementsDone } from "../../../kernel/count.ts";
import { ExitCode, Failure } from "../../../kernel/failure.ts";
import type { MysqlDialect } from "../../../migrations/sql/dialect.ts";
import { placeOf } from "../../../migrations/sql/place.ts";
import type { Statement } from "../../../migrations/sql/statement.ts";
import { hashOfStatement, splitStatements } from "../../../migrations/sql/statements.ts";
import { statementFailure } from "./failures.ts";
import { kindOf, type StatementKind } from "./kinds.ts";
import type { ScriptContext } from "./script-context.ts";
import { saveSettings } from "./saved-settings.ts";
import { sessionStateOf } from "./session-state.ts";
import { stillPrepared } from "./prepared-statements.ts";
import { settle } from "./settle.ts";
import { createStepper } from "./stepper.ts";

interface Planned {
  readonly statement: Statement;
  readonly kind: StatementKind;
  /** Its number in the file, from 0. */
  readonly position: number;
  readonly hash: string;
}

/** Applies a SQL migration statement by statement, from the first one that is not done. */
export async function applySql(context: ScriptContext): Promise<void> {
  const { script, session, records, intent, retry, log } = context;
  const dialect = script.dialect as MysqlDialect;
  const planned = planOf(script.source, dialect);
  // Otherwise it is recorded together with the first statement.
  const isOwnRecord = context.progress !== undefined || planned[0]?.kind.kind !== "definition";
  if (isOwnRecord) await session.execute(intent);
  const done = await countDone(planned, context);
  if (done > 0) log.info(`resuming ${script.name}: ${firstStatementsDone(done)}`, { migration: script.name });
  const restoreSettings = await saveSettings(
    session,
    planned.map(({ statement }) => statement),
    dialect,
  );
  const state = sessionStateOf(session, script.source, dialect);
  const stepper = createStepper({
    script,
    session,
    records,
    finalSettings: context.lockWaitSql,
    intent: isOwnRecord ? undefined : intent,
    readVariables: state.read,
  });
  const first = planned.findIndex((one) => one.position >= done && !isSetting(one));
  const begin = first === -1 ? planned.length : first;
  try {
    await resumeSession(planned.slice(0, begin), done, context, state.restore);
    let settings = planned.slice(done, begin);
    for (const one of planned.slice(begin)) {
      const { statement } = one;
      if (isSetting(one)) {
        settings.push(one);
        await runSetting(statement, context);
        continue;
      }
      const due = { ...one, settings, send: () => session.query(statement.sql) };
      await retry(async () => void (await stepper.run(due)));
      settings = [];
    }
    await retry(stepper.finish);
  } finally {
    await restoreSettings();
  }
}

const isSetting = ({ kind }: Planned) => kind.kind === "setting";

function planOf(source: string, dialect: MysqlDialect): readonly Planned[] {
  return splitStatements(source, dialect).map((statement, position) => {
    const kind = kindOf(statement, dialect);
    return { statement, kind, position, hash: hashOfStatement(statement, dialect) };
  });
}

/** How many statements are done, with the one that was running when an earlier run ended. */
async function countDone(planned: readonly Planned[], context: ScriptContext): Promise<number> {
  const { progress, unsettled, session, records, script } = context;
  const done = progress?.statements ?? 0;
  // The file's finished part was accepted as it is now.
  const accepted = planned
    .slice(0, done)
    .flatMap(({ position, hash }) =>
      progress?.hashes[position] === hash ? [] : [{ position, hash, state: "done" } as const],
    );
  if (accepted.length > 0) await session.execute(records.stepSql(script.name, accepted));
  if (unsettled === undefined) return done;
  const candidate = planned[unsettled.position];
  const outcome = await settle(unsettled, candidate, context);
  if (outcome === "not done") return done;
  await session.execute(records.stepSql(script.name, [{ ...unsettled, state: "done" }]));
  return done + 1;
}

/** Brings a new session to the state in which the interrupted one was. */
async function resumeSession(
  before: readonly Planned[],
  done: number,
  context: ScriptContext,
  restore: (recorded: string) => Promise<void>,
): Promise<void> {
  const { session, records, script } = context;
  if (done === 0) {
    for (const { statement } of before) await runSetting(statement, context);
    return;
  }
  const temporary = before.find(({ kind }) => kind.kind === "temporary");
  if (temporary !== undefined) refuseTemporary(temporary.statement, context);
  const last = before.findLastIndex((one) => !isSetting(one));
  const early = before.slice(0, Math.max(0, last));
  for (const one of early)
    if (isSetting(one) && one.statement.words[0] === "SET") await runSetting(one.statement, context);
  const [row] = await session.query(records.variablesSql(script.name));
  if (typeof row?.["variables"] === "string") await restore(row["variables"]);
  // After the variables: a statement may be prepared from one.
  const statements = early.map(({ statement }) => statement);
  for (const statement of stillPrepared(statements, script)) await runSetting(statement, context);
  for (const { statement } of before.slice(last + 1)) await runSetting(statement, context);
}

async function runSetting(statement: Statement, { script, session }: ScriptContext): Promise<void> {
  await session.execute(statement.sql).catch((error: unknown) => {
    throw statementFailure(script, error, statement);
  });
}

function refuseTemporary({ index }: Statement, { script: { name, path, source } }: ScriptContext): never {
  const { line, column } = placeOf(source, index);
  throw new Failure(
    ExitCode.failed,
    `${path}:${line}:${column}: the migration ${name} was interrupted, and its temporary table has ended with its session. Write a new migration with what is left to do, and accept this one as finished: delete its rows in the steps table, and set applied_at in the history.`,
  );
}
