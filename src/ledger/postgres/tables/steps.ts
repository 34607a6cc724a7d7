import type { Session } from "../../../kernel/database.ts";
import { quoteTable, type LedgerTable } from "./ledger-tables.ts";

const suffix = "_steps";
/** What Postgres keeps of a name. */
const longestName = 63;

function nameOf(history: string): string {
  const [schema = "", table = ""] = history.split(".");
  return `${schema}.${table.slice(0, longestName - suffix.length)}${suffix}`;
}

/** Belongs to a history, and is created for the first migration that runs without a transaction. */
export function stepTable(history: string): LedgerTable {
  const name = nameOf(history);
  return {
    name,
    // A statement may hold a password, which could be guessed from its hash: nobody else reads this table.
    isPrivate: true,
    createSql: `CREATE TABLE ${quoteTable(name)} (
        name text COLLATE "C" NOT NULL,
        position integer NOT NULL,
        hash text NOT NULL,
        PRIMARY KEY (name, position))`,
  };
}

/** SQL for the statements of unfinished migrations that are done, each by its hash. */
export interface StepRecord {
  /** The query for `name`, `hashes` (in the order of the file) of these migrations. */
  readonly readSql: (names: readonly string[]) => string;
  /** Records the hashes of statements that follow each other; `first` is the place of the first, from 0. */
  readonly addSql: (name: string, first: number, hashes: readonly string[]) => string;
  /** Forgets all of a migration. */
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
