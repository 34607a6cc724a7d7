import { StatementError, type Row } from "../../../kernel/database.ts";
import type { Failure } from "../../../kernel/failure.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import type { Statement } from "../../../migrations/sql/statement.ts";
import { inTransaction, type Records, type Step } from "../tables/records.ts";
import type { WorkSession } from "../work-session.ts";
import { readFingerprints } from "./definitions.ts";
import { statementFailure } from "./failures.ts";
import type { StatementKind } from "./kinds.ts";
import { keepDatabase } from "./remembered-session.ts";
import { halfDone, isRecordedBefore, noteRefusal } from "./refusal.ts";

/** A statement that is about to run. */
export interface DueStatement {
  readonly statement: Statement;
  readonly kind: StatementKind;
  readonly position: number;
  readonly hash: string;
  /** The settings since the statement before. They are recorded with it. */
  readonly settings: readonly Pick<Step, "position" | "hash">[];
  /** Sends it, and returns its rows. */
  readonly send: () => Promise<readonly Row[]>;
}

export interface StepperOptions {
  readonly script: MigrationScript;
  readonly session: WorkSession;
  readonly records: Records;
  /** SQL that sets the session back for the next migration. */
  readonly finalSettings: string;
  /** SQL that records that the migration begins, to be sent with the record of its first statement. Undefined: it was sent. */
  readonly intent: string | undefined;
  /** The session's variables, to be recorded with a statement. */
  readonly readVariables: () => Promise<string | undefined>;
}

/** Runs the statements of a migration one by one, each with the record that it is done. */
export interface Stepper {
  readonly run: (due: DueStatement) => Promise<readonly Row[]>;
  /** Records that the migration is applied. */
  readonly finish: () => Promise<void>;
}

/**
 * - Statements that change rows run in a transaction with their record.
 * - A statement that changes the schema commits, whatever is around it. So it is recorded before it runs, with the definitions
 *   that it changes: after an interruption, they tell whether it has run. The record that it is done is written together with
 *   the next one: until then, the definitions tell.
 * - Any other statement runs in a transaction that notes first that it has been entered. If that note is there after an
 *   interruption, the statement has committed something.
 */
export function createStepper({
  script,
  session,
  records,
  finalSettings,
  intent,
  readVariables,
}: StepperOptions): Stepper {
  const { name } = script;
  /** The definitions before the running statement, in JSON. */
  let noted: string | undefined;
  let unrecorded: Step | undefined;
  let unsentIntent = intent;
  const stepSql = (steps: readonly Step[], settings: DueStatement["settings"] = []) => {
    const before = settings.map(({ position, hash }) => ({ position, hash, state: "done" }) as const);
    return records.stepSql(name, [...(unrecorded === undefined ? [] : [unrecorded]), ...before, ...steps]);
  };
  const write = async (steps: readonly Step[], settings?: DueStatement["settings"]) => {
    const sql = stepSql(steps, settings);
    await (unsentIntent === undefined ? session.execute(sql) : inTransaction(session, [unsentIntent, sql]));
    unsentIntent = undefined;
    unrecorded = undefined;
  };

  /** Runs in a transaction that begins with this record. */
  const transact = async (record: string, run: () => Promise<readonly Row[]>): Promise<readonly Row[]> => {
    const before = unrecorded;
    try {
      await session.executeAll(["START TRANSACTION", record]);
      unrecorded = undefined;
      const rows = await run();
      await session.execute("COMMIT");
      return rows;
    } catch (error) {
      await session.execute("ROLLBACK").catch(() => {});
      unrecorded = before;
      throw error;
    }
  };

  const runData = (due: DueStatement) => {
    const done = { ...due, state: "done" } as const;
    return transact(stepSql([done], due.settings), async () => {
      const rows = await due.send();
      const variables = await readVariables();
      if (variables !== undefined) await write([{ ...done, variables }]);
      return rows;
    });
  };

  const runDefinition = async (due: DueStatement) => {
    const { kind: found } = due;
    const before = found.kind === "definition" ? await readFingerprints(session, found.change) : undefined;
    noted = before && JSON.stringify(before);
    // It changes none of them.
    const variables = await readVariables();
    await write([{ ...due, state: "running", objects: noted, variables }], due.settings);
    const rows = await due.send();
    unrecorded = { ...due, state: "done", variables };
    return rows;
  };

  const runOther = async (due: DueStatement) => {
    noted = undefined;
    await write([{ ...due, state: "running" }], due.settings);
    return transact(stepSql([{ ...due, state: "entered" }]), async () => {
      const rows = await keepDatabase(session, due.send);
      await write([{ ...due, state: "done", variables: await readVariables() }]);
      return rows;
    });
  };

  return {
    async run(due) {
      try {
        switch (due.kind.kind) {
          case "definition":
          case "repeatable":
            return await runDefinition(due);
          case "other":
            return await runOther(due);
          case "data":
          case "query":
          case "temporary":
          case "setting":
            return await runData(due);
        }
      } catch (error) {
        throw await explainFailure(due, error);
      }
    },
    finish: () => inTransaction(session, [...records.finishSql(name), finalSettings]),
  };

  async function explainFailure(due: DueStatement, error: unknown): Promise<Failure> {
    const failure = statementFailure(script, error, due.statement);
    if (!(error instanceof StatementError) || !isRecordedBefore(due.kind)) return failure;
    const isHalfDone = await noteRefusal({ ...due, noted }, { name, session, records });
    return isHalfDone ? halfDone(failure) : failure;
  }
}
