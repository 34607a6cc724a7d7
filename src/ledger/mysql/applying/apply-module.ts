import { hash } from "node:crypto";
import { StatementError, type Row } from "../../../kernel/database.ts";
import { ExitCode, Failure, isFailure } from "../../../kernel/failure.ts";
import { loadModule } from "../../../migrations/module.ts";
import type { MysqlDialect } from "../../../migrations/sql/dialect.ts";
import { inspectMysql } from "../../../migrations/sql/mysql/guard.ts";
import { hashOfStatement, splitStatements } from "../../../migrations/sql/statements.ts";
import { runModule } from "../../applying/run-module.ts";
import { createSettling } from "../../applying/settling.ts";
import { indexInModule, placeOfCall, traceCalls, type TracedCalls } from "../../applying/traced-calls.ts";
import { serverErrorOf } from "../server-error.ts";
import type { Step } from "../tables/records.ts";
import { readFingerprints } from "./definitions.ts";
import { failureAt } from "./failures.ts";
import { kindOf } from "./kinds.ts";
import type { ScriptContext } from "./script-context.ts";
import { saveSettings } from "./saved-settings.ts";
import { halfDone, noteRefusal, type RefusedStep } from "./refusal.ts";
import { keepDatabase } from "./remembered-session.ts";
import { settle } from "./settle.ts";

/**
 * Applies a JavaScript migration in one transaction with its record, so long as it changes no schema. A statement that changes
 * the schema commits what came before it, with a record of every call so far. After an interruption, the module runs again from
 * its beginning, and the calls that are recorded are not sent again. It must make the same calls then.
 */
export async function applyModule(context: ScriptContext): Promise<void> {
  const { script, session, records, signal } = context;
  const calls = traceCalls();
  const recorder = await createRecorder(context);
  try {
    const up = loadModule(script.path);
    await session.execute("START TRANSACTION");
    const settling = createSettling({ name: script.name, inOrder: true });
    const query = calls.trace((sql, values = []) => settling.run(() => recorder.send(sql, values)));
    await runModule(up, { query, settling, signal });
    calls.throwRefused();
    recorder.throwIfUndone();
    recorder.refuseFewerCalls();
    for (const sql of records.finishSql(script.name)) await session.execute(sql);
    await session.execute("COMMIT");
  } catch (error) {
    await session.execute("ROLLBACK").catch(() => {});
    const failure = explain(error, context, calls);
    throw recorder.isHalfDone(error) ? halfDone(failure) : failure;
  } finally {
    await recorder.restoreSettings();
  }
}

type Send = (sql: string, values: readonly unknown[]) => Promise<readonly Row[]>;

async function createRecorder({ script, session, records, progress, unsettled, log }: ScriptContext) {
  const { name } = script;
  const dialect = script.dialect as MysqlDialect;
  const recorded = [...(progress?.hashes ?? [])];
  const restores: (() => Promise<void>)[] = [];
  let waiting: Step[] = [];
  let position = -1;
  /** The error with which the server rolled the transaction back. */
  let undone: StatementError | undefined;
  /** Errors of statements that run others, of which some are done and committed. */
  const halfDoneBy = new WeakSet<StatementError>();
  if (recorded.length > 0) log.info(`resuming ${name}: it runs again, and skips what is done`, { migration: name });

  const commitSteps = async (steps: readonly Step[]) => {
    await session.execute(records.stepSql(name, [...waiting, ...steps]));
    await session.execute("COMMIT");
    waiting = [];
  };

  const noteRefused = async (step: RefusedStep, error: unknown): Promise<never> => {
    if (!(error instanceof StatementError)) throw error;
    await session.execute("ROLLBACK");
    if (await noteRefusal(step, { name, session, records })) halfDoneBy.add(error);
    await session.execute("START TRANSACTION");
    throw error;
  };

  const send: Send = async (sql, values) => {
    const [statement, another] = splitStatements(sql, dialect);
    if (statement === undefined) return [];
    position++;
    if (another !== undefined) throw new Error("a call of query holds several statements. Send them one by one");
    const { refused } = inspectMysql(sql, dialect);
    if (refused !== undefined) throw new Error(refused.reason);
    const kind = kindOf(statement, dialect);
    const own = hash("sha256", JSON.stringify([hashOfStatement(statement, dialect), values]));
    if (undone !== undefined) throw undone;
    const run = () =>
      session.queryWith(sql, values).catch((error: unknown) => {
        if (error instanceof StatementError && rollsBack(error)) undone = error;
        throw error;
      });
    const isDone = position < recorded.length;
    if (kind.kind === "setting") {
      if (isDone && recorded[position] !== own) throw differs(name, otherStatement);
      if (!isDone) waiting.push({ position, hash: own, state: "done" });
      restores.push(await saveSettings(session, [statement], dialect));
      return run();
    }
    if (kind.kind === "query") {
      const rows = await run();
      const seen = hash("sha256", JSON.stringify([own, rows]));
      if (isDone && recorded[position] !== seen)
        throw differs(name, "a query that it repeats gives other rows than before");
      if (!isDone) waiting.push({ position, hash: seen, state: "done" });
      return rows;
    }
    if (isDone && recorded[position] !== own) throw differs(name, otherStatement);
    if (isDone) return [];
    if (kind.kind === "data") {
      const rows = await run();
      if (rows.length > 0)
        throw new Error("RETURNING is not possible in a migration in JavaScript: read the rows with a SELECT");
      waiting.push({ position, hash: own, state: "done" });
      return rows;
    }
    if (kind.kind === "temporary") throw new Error("a temporary table ends with an interrupted migration. Use a table");
    const step = { position, hash: own };
    if (unsettled?.position === position) {
      const outcome = await settle(unsettled, { statement, kind, hash: own }, { script, session, records });
      if (outcome === "done") {
        await commitSteps([{ ...step, state: "done" }]);
        await session.execute("START TRANSACTION");
        return [];
      }
    }
    const before = kind.kind === "definition" ? await readFingerprints(session, kind.change) : undefined;
    const noted = before && JSON.stringify(before);
    await commitSteps([{ ...step, state: "running", objects: noted }]);
    await session.execute("START TRANSACTION");
    if (kind.kind === "other") await session.execute(records.stepSql(name, [{ ...step, state: "entered" }]));
    const sent = kind.kind === "other" ? keepDatabase(session, run) : run();
    const rows = await sent.catch((error: unknown) => noteRefused({ ...step, statement, kind, noted }, error));
    await commitSteps([{ ...step, state: "done" }]);
    await session.execute("START TRANSACTION");
    return rows;
  };

  return {
    send,
    /** A module may catch the error, but what it wrote before is gone. */
    throwIfUndone() {
      if (undone !== undefined) throw undone;
    },
    refuseFewerCalls() {
      if (position + 1 < recorded.length) throw differs(name, "it makes fewer calls than before");
    },
    isHalfDone: (error: unknown) => error instanceof StatementError && halfDoneBy.has(error),
    async restoreSettings() {
      for (const restore of restores.toReversed()) await restore();
    },
  };
}

/** A deadlock rolls the whole transaction back, and so may the end of a wait for a row (`innodb_rollback_on_timeout`). */
function rollsBack(error: StatementError): boolean {
  const { number } = serverErrorOf(error);
  return number === 1213 || number === 1205;
}

const otherStatement = "it sends another statement than before";

function differs(name: string, what: string): Failure {
  return new Failure(
    ExitCode.failed,
    `cannot resume the migration ${name}: an earlier upgrade has done a part of it, and now ${what}. Look at what it has done, undo it, delete its rows in the history and in the table of steps, and run --upgrade again; or write what is left as a new migration.`,
  );
}

function explain(error: unknown, { script }: ScriptContext, calls: TracedCalls): Failure {
  if (isFailure(error)) return error;
  const call = calls.callOf(error);
  return failureAt(
    script,
    error,
    call === undefined ? { at: indexInModule(script, error) } : placeOfCall(script, call),
  );
}
