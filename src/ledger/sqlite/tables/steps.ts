import type { Session } from "../../../kernel/database.ts";
import { nameOf, type LedgerTable } from "./ledger-tables.ts";

const stepsOf = (history: string) => `${nameOf(history)}_steps`;

/** The table of a history's finished statements. The first migration without a transaction creates it. */
export function stepTable(history: string): LedgerTable {
  const name = stepsOf(history);
  return {
    name,
    createSql: [
      `CREATE TABLE "${name}" (name TEXT NOT NULL, position INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (name, position))`,
    ],
  };
}

/** SQL for the hashes of unfinished migrations' finished statements. */
export interface StepRecord {
  /** Reads `name` and `hash` of these migrations, in the file's order. */
  readonly readSql: (names: readonly string[]) => string;
  /** Records the hashes of consecutive statements. `first` is the index of the first one, from 0. Fails if one is recorded. */
  readonly addSql: (name: string, first: number, hashes: readonly string[]) => readonly string[];
  /** Deletes all hashes of a migration. */
  readonly forgetSql: (name: string) => string;
  readonly renameSql: (from: string, to: string) => string;
}

export function stepRecord({ literal }: Pick<Session, "literal">, history: string): StepRecord {
  const quoted = `"${stepsOf(history)}"`;
  return {
    readSql: (names) => `SELECT name, hash FROM ${quoted}
      WHERE name IN (SELECT value FROM json_each(${literal(JSON.stringify(names))})) ORDER BY name, position`,

    addSql: (migration, first, hashes) =>
      hashes.map(
        (hash, index) =>
          `INSERT INTO ${quoted} (name, position, hash) VALUES (${literal(migration)}, ${first + index}, '${hash}')`,
      ),

    forgetSql: (migration) => `DELETE FROM ${quoted} WHERE name = ${literal(migration)}`,

    renameSql: (from, to) => `UPDATE ${quoted} SET name = ${literal(to)} WHERE name = ${literal(from)}`,
  };
}

/** Whether the table of finished statements exists. */
export async function hasSteps(session: Pick<Session, "query" | "literal">, history: string): Promise<boolean> {
  const rows = await session.query(
    `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ${session.literal(stepsOf(history))}`,
  );
  return rows.length > 0;
}
