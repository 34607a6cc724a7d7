import type { Session } from "../../../kernel/database.ts";
import type { MigrationRecord, Renaming } from "../../history.ts";
import { fence } from "../lock-name.ts";
import type { WorkSession } from "../work-session.ts";
import { quoteTable, stepSuffix } from "./names.ts";

/** A statement of an unfinished migration. */
export interface Step {
  /** From 0, in the order of the file. */
  readonly position: number;
  readonly hash: string;
  /**
   * - `running`: it was about to run. It may have run, or not
   * - `entered`: noted in the statement's own transaction. If it is there, the statement has committed something
   * - `done`: it has run
   */
  readonly state: "running" | "entered" | "done";
  /** The objects that it changes, as they were before, in JSON (../applying/objects.ts). */
  readonly objects?: string | undefined;
  /** The session's variables after it, in JSON (../applying/session-state.ts). */
  readonly variables?: string | undefined;
}

/** Every statement writes only if the session holds the lock. Several statements need a transaction around them. */
export interface Records {
  /** Records an applied migration. Fails if the name is already recorded. */
  readonly recordSql: (record: MigrationRecord) => string;
  /** Records that a migration begins, or begins again. */
  readonly intentSql: (record: MigrationRecord) => string;
  /** Records the states of statements. */
  readonly stepSql: (name: string, steps: readonly Step[]) => string;
  /** Deletes the record of a statement that is not done. */
  readonly forgetStepSql: (name: string, position: number) => string;
  /** Reads the statements that are done: `hash`, in their order. */
  readonly doneSql: (name: string) => string;
  /** Reads the statements that an interrupted run has not recorded as done: `position`, `hash`, `state`, `objects`, `variables`. */
  readonly unsettledSql: (name: string) => string;
  /** Reads the variables of the last statement that is done: `variables`. */
  readonly variablesSql: (name: string) => string;
  readonly finishSql: (name: string) => readonly string[];
  /** Deletes the intent, and the records of its statements. */
  readonly withdrawSql: (name: string) => readonly string[];
  readonly acceptSql: (name: string, checksum: string) => string;
  readonly renameSql: (renaming: Renaming) => readonly string[];
  /** For a person who has to decide about a statement: SQL that records it as done, and as not done. */
  readonly settleSql: (name: string, position: number) => { readonly done: string; readonly notDone: string };
}

const now = `UTC_TIMESTAMP(6) + INTERVAL ${fence} SECOND`;

/** @param table `schema.table` in lower case, which the configuration has checked */
export function recordsOf({ literal }: Pick<Session, "literal">, table: string): Records {
  const [history, steps] = [quoteTable(table), quoteTable(table, stepSuffix)];
  const text = (value: string | undefined) => (value === undefined ? "NULL" : literal(value));
  const forgetSteps = (name: string) => `DELETE FROM ${steps} WHERE name = ${text(name)}`;
  const shown = (name: string) => `'${name.replaceAll("'", "''")}'`;
  return {
    recordSql: ({ name, checksum, release, floor }) =>
      `INSERT INTO ${history} (name, checksum, \`release\`, floor, started_at, applied_at) VALUES
        (${text(name)}, ${text(checksum)}, ${text(release)}, ${text(floor)}, UTC_TIMESTAMP(6), ${now})`,

    intentSql: ({ name, checksum, release, floor }) =>
      `INSERT INTO ${history} (name, checksum, \`release\`, floor, started_at) VALUES
        (${text(name)}, ${text(checksum)}, ${text(release)}, ${text(floor)}, ${now})
        ON DUPLICATE KEY UPDATE checksum = ${text(checksum)}, \`release\` = ${text(release)}, floor = ${text(floor)}`,

    stepSql: (name, rows) => {
      const values = rows.map(
        ({ position, hash, state, objects, variables }) =>
          `(${text(name)}, ${position}, '${hash}', '${state}', ${text(objects)}, ${text(variables)}, ${now})`,
      );
      return `INSERT INTO ${steps} (name, position, hash, state, objects, variables, noted_at) VALUES ${values.join(", ")}
        ON DUPLICATE KEY UPDATE hash = VALUES(hash), state = VALUES(state), objects = VALUES(objects), variables = VALUES(variables), noted_at = VALUES(noted_at)`;
    },

    forgetStepSql: (name, position) =>
      `DELETE FROM ${steps} WHERE name = ${text(name)} AND position = ${position} AND state <> 'done'`,

    doneSql: (name) => `SELECT hash FROM ${steps} WHERE name = ${text(name)} AND state = 'done' ORDER BY position`,

    unsettledSql: (name) =>
      `SELECT position, hash, state, objects, variables FROM ${steps} WHERE name = ${text(name)} AND state <> 'done' ORDER BY position`,

    variablesSql: (name) =>
      `SELECT variables FROM ${steps} WHERE name = ${text(name)} AND state = 'done' AND variables IS NOT NULL ORDER BY position DESC LIMIT 1`,

    finishSql: (name) => [`UPDATE ${history} SET applied_at = ${now} WHERE name = ${text(name)}`, forgetSteps(name)],

    withdrawSql: (name) => [
      `DELETE FROM ${history} WHERE name = ${text(name)} AND applied_at IS NULL AND ${fence} = 0`,
      forgetSteps(name),
    ],

    acceptSql: (name, checksum) =>
      `UPDATE ${history} SET checksum = ${text(checksum)} WHERE name = ${text(name)} AND ${fence} = 0`,

    renameSql: ({ from, to, isUnfinished }) => [
      `UPDATE ${history} SET name = ${text(to)} WHERE name = ${text(from)} AND ${fence} = 0`,
      ...(isUnfinished ? [`UPDATE ${steps} SET name = ${text(to)} WHERE name = ${text(from)}`] : []),
    ],

    settleSql: (name, position) => {
      const where = `WHERE name = ${shown(name)} AND position = ${position}`;
      return { done: `UPDATE ${steps} SET state = 'done' ${where};`, notDone: `DELETE FROM ${steps} ${where};` };
    },
  };
}

/** Executes statements as one transaction. */
export async function inTransaction(
  session: Pick<WorkSession, "execute" | "executeAll">,
  statements: readonly string[],
): Promise<void> {
  try {
    await session.executeAll(["START TRANSACTION", ...statements, "COMMIT"]);
  } catch (error) {
    await session.execute("ROLLBACK").catch(() => {});
    throw error;
  }
}
