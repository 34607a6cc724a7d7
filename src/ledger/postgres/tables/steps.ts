import type { Session } from "../../../kernel/database.ts";
import { quoteTable, type LedgerTable } from "./ledger-tables.ts";

const suffix = "_steps";
/** The longest name that Postgres keeps, in bytes. */
const longestName = 63;

function nameOf(history: string): string {
  const [schema = "", table = ""] = history.split(".");
  return `${schema}.${table.slice(0, longestName - suffix.length)}${suffix}`;
}

/** The table of a history's finished statements. The first migration without a transaction creates it. */
export function stepTable(history: string): LedgerTable {
  const name = nameOf(history);
  return {
    name,
    // A statement may hold a password, which could be guessed from its hash. So only the upgrade's role reads this table.
    isPrivate: true,
    createSql: `CREATE TABLE ${quoteTable(name)} (
        name text COLLATE "C" NOT NULL,
        position integer NOT NULL,
        hash text NOT NULL,
        PRIMARY KEY (name, position))`,
  };
}

/** SQL for the hashes of unfinished migrations' finished statements. */
export interface StepRecord {
  /** Reads `name` and `hashes` (in the file's order) of these migrations. */
  readonly readSql: (names: readonly string[]) => string;
  /** Records the hashes of consecutive statements. `first` is the index of the first one, from 0. */
  readonly addSql: (name: string, first: number, hashes: readonly string[]) => string;
  /** Deletes all hashes of a migration. */
  readonly forgetSql: (name: string) => string;
  readonly renameSql: (from: string, to: string) => string;
}

export function stepRecord({ literal }: Pick<Session, "literal">, history: string): StepRecord {
  const quoted = quoteTable(nameOf(history));
  return {
    readSql: (names) => `SELECT name, json_agg(hash ORDER BY position) AS hashes FROM ${quoted}
      WHERE name IN (SELECT json_array_elements_text(${literal(JSON.stringify(names))}::json)) GROUP BY name`,

    addSql: (migration, first, hashes) => {
      const rows = hashes.map((hash, index) => `(${literal(migration)}, ${first + index}, '${hash}')`);
      return `INSERT INTO ${quoted} (name, position, hash) VALUES ${rows.join(", ")}`;
    },

    forgetSql: (migration) => `DELETE FROM ${quoted} WHERE name = ${literal(migration)}`,

    renameSql: (from, to) => `UPDATE ${quoted} SET name = ${literal(to)} WHERE name = ${literal(from)}`,
  };
}
