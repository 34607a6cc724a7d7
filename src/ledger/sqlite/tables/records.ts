import type { Session } from "../../../kernel/database.ts";
import type { MigrationRecord, Renaming } from "../../history.ts";
import { now, quoteTable } from "./ledger-tables.ts";
import { stepRecord } from "./steps.ts";

/** Statements that write to a history. Those of a migration run in its own transaction. */
export interface Records {
  /** Records a migration. Fails if the name is already recorded. */
  readonly recordSql: (record: MigrationRecord) => string;
  /** Records the intent of a migration without a transaction, keeping the progress of an earlier try. */
  readonly intentSql: (record: MigrationRecord) => string;
  /** Records how many statements are done, and the hashes not recorded yet. Fails if that is already recorded. */
  readonly progressSql: (name: string, statements: number, hashes: readonly string[]) => readonly string[];
  /** Records these hashes for the finished statements. */
  readonly adoptSql: (name: string, hashes: readonly string[]) => readonly string[];
  /** Records that a migration without a transaction is applied. */
  readonly finishSql: (name: string) => readonly string[];
  /** Records that a program has ended with success. It has no statements. */
  readonly finishProgramSql: (name: string) => string;
  /** Deletes the intent. `hasSteps`: the table of finished statements exists. */
  readonly withdrawSql: (name: string, hasSteps: boolean) => readonly string[];
  /** Records the current file in place of the one that was applied. */
  readonly acceptSql: (name: string, checksum: string) => string;
  /** Records the new name of a migration that was applied or begun. */
  readonly renameSql: (renaming: Renaming, hasSteps: boolean) => readonly string[];
}

export function recordsOf(session: Pick<Session, "literal">, history: string): Records {
  const quoted = quoteTable(history);
  const steps = stepRecord(session, history);
  const text = (value: string | undefined) => (value === undefined ? "NULL" : session.literal(value));
  return {
    recordSql: ({ name, checksum, release, floor }) =>
      `INSERT INTO ${quoted} (name, checksum, release, floor, applied_at) VALUES
        (${text(name)}, ${text(checksum)}, ${text(release)}, ${text(floor)}, ${now})`,

    intentSql: ({ name, checksum, release, floor }) =>
      `INSERT INTO ${quoted} (name, checksum, release, floor, statements) VALUES
        (${text(name)}, ${text(checksum)}, ${text(release)}, ${text(floor)}, 0)
        ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, release = excluded.release, floor = excluded.floor`,

    progressSql: (name, statements, hashes) => [
      `UPDATE ${quoted} SET statements = ${statements} WHERE name = ${text(name)}`,
      ...steps.addSql(name, statements - hashes.length, hashes),
    ],

    adoptSql: (name, hashes) => [steps.forgetSql(name), ...steps.addSql(name, 0, hashes)],

    finishSql: (name) => [`UPDATE ${quoted} SET applied_at = ${now} WHERE name = ${text(name)}`, steps.forgetSql(name)],

    finishProgramSql: (name) =>
      `UPDATE ${quoted} SET applied_at = ${now} WHERE name = ${text(name)} AND applied_at IS NULL`,

    withdrawSql: (name, hasSteps) => [
      `DELETE FROM ${quoted} WHERE name = ${text(name)} AND applied_at IS NULL`,
      ...(hasSteps ? [steps.forgetSql(name)] : []),
    ],

    renameSql: ({ from, to, isUnfinished }, hasSteps) => [
      `UPDATE ${quoted} SET name = ${text(to)} WHERE name = ${text(from)}`,
      ...(isUnfinished && hasSteps ? [steps.renameSql(from, to)] : []),
    ],

    acceptSql: (name, checksum) => `UPDATE ${quoted} SET checksum = ${text(checksum)} WHERE name = ${text(name)}`,
  };
}

/** SQL condition: the last migration is applied, and at least as many rows exist as the image has migrations. */
export function appliedSql(
  { literal }: Pick<Session, "literal">,
  { table, last, count }: { readonly table: string; readonly last: string; readonly count: number },
): string {
  const quoted = quoteTable(table);
  return `EXISTS (SELECT 1 FROM ${quoted} WHERE name = ${literal(last)} AND applied_at IS NOT NULL)
        AND (SELECT count(*) FROM ${quoted} WHERE applied_at IS NOT NULL) >= ${count}`;
}
