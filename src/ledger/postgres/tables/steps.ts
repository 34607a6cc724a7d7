import type { Session } from "../../../kernel/database.ts";
import { quoteTable, type OwnTable } from "./own-tables.ts";

/** The statements of unfinished migrations that are done, each by its hash. */
export interface StepRecord {
  readonly table: OwnTable;
  /** The query for `name`, `hashes` (in the order of the file) of these migrations. */
  readonly readSql: (session: Session, names: readonly string[]) => string;
  /** SQL that records the hashes of statements that follow each other; `first` is the place of the first, from 0. */
  readonly addSql: (session: Session, name: string, first: number, hashes: readonly string[]) => string;
  /** SQL that forgets all of a migration. */
  readonly forgetSql: (session: Session, name: string) => string;
  readonly renameSql: (session: Session, from: string, to: string) => string;
}

/** What belongs to a history; its table is made for the first migration that runs without a transaction. */
export function stepRecord(history: string): StepRecord {
  const name = stepTable(history);
  const quoted = quoteTable(name);
  return {
    table: {
      name,
      // A statement may hold a password, which could be guessed from its hash: nobody else reads this table.
      isPrivate: true,
      createSql: `CREATE TABLE ${quoted} (
        name text COLLATE "C" NOT NULL,
        position integer NOT NULL,
        hash text NOT NULL,
        PRIMARY KEY (name, position))`,
    },

    readSql: (session, names) => `SELECT name, json_agg(hash ORDER BY position) AS hashes FROM ${quoted}
      WHERE name IN (SELECT json_array_elements_text(${session.literal(JSON.stringify(names))}::json)) GROUP BY name`,

    addSql: (session, migration, first, hashes) => {
      const rows = hashes.map((hash, index) => `(${session.literal(migration)}, ${first + index}, '${hash}')`);
      return `INSERT INTO ${quoted} (name, position, hash) VALUES ${rows.join(", ")}`;
    },

    forgetSql: (session, migration) => `DELETE FROM ${quoted} WHERE name = ${session.literal(migration)}`,

    renameSql: (session, from, to) =>
      `UPDATE ${quoted} SET name = ${session.literal(to)} WHERE name = ${session.literal(from)}`,
  };
}

const suffix = "_steps";
/** What Postgres keeps of a name. */
const longestName = 63;

function stepTable(history: string): string {
  const [schema = "", table = ""] = history.split(".");
  return `${schema}.${table.slice(0, longestName - suffix.length)}${suffix}`;
}
