import { StatementError, type Row, type Session } from "../../../kernel/database.ts";
import { lockRow } from "../lock-key.ts";
import { stepRecord } from "./steps.ts";
import { historyTable, quoteTable, type OwnTable } from "./own-tables.ts";

/** What a database's history says of the migrations of an image. */
export interface HistoryState {
  /** Of the wanted names those that are not applied, in the order of `wanted`. */
  readonly missing: readonly string[];
  /** The name that was applied last; undefined where nothing was. */
  readonly latest: string | undefined;
  /** A migration without a transaction that was begun and not finished. */
  readonly unfinished: string | undefined;
  /** The oldest app versions that contract migrations have left working. */
  readonly floors: readonly string[];
  /** Whether an upgrade holds the lock. Asked only where something is missing. */
  readonly upgrading: boolean;
}

/** What an upgrade wants to know beyond that. */
export interface HistorySurvey {
  readonly missing: readonly string[];
  /** Applied, but from a file with another checksum. */
  readonly changed: readonly string[];
  /** Of each migration without a transaction that was begun and not finished, by its name. */
  readonly progress: ReadonlyMap<string, Progress>;
  /** Recorded, but not in the image: by a newer image, or the file is gone. */
  readonly unknown: readonly UnknownRow[];
}

/** How far an unfinished migration has come. */
export interface Progress {
  /** How many of its statements are done. */
  readonly statements: number;
  /** The hashes of those statements, in order: fewer where an earlier version of seaworthy ran them. */
  readonly hashes: readonly string[];
  /** Of the file with which it was last tried. */
  readonly checksum: string;
}

export interface UnknownRow {
  readonly name: string;
  readonly checksum: string;
  /** Begun, and not finished. */
  readonly isUnfinished: boolean;
  /** The app version that applied it. */
  readonly release: string | undefined;
}

export interface MigrationRecord {
  readonly name: string;
  /** sha256 of the file with its line endings normalised, in hexadecimal. */
  readonly checksum: string;
  /** The app version that applied it. */
  readonly release: string | undefined;
  /** The oldest app version that still works after it; undefined for an expand migration. */
  readonly floor: string | undefined;
}

/** seaworthy's own history: one table, whose rows are written in the transactions of the migrations they record. */
export interface OwnHistory {
  /** For a look: one lock-free query. Unknown rows mean that the database is ahead, which is fine. */
  readonly read: (session: Session, wanted: readonly string[]) => Promise<HistoryState>;
  /** For an upgrade: one query. `checksum` may be empty, and is then not compared. */
  readonly survey: (
    session: Session,
    files: readonly { readonly name: string; readonly checksum: string }[],
  ) => Promise<HistorySurvey>;
  readonly table: OwnTable;
  /** Must exist before a migration without a transaction is begun, resumed, or withdrawn. */
  readonly stepTable: OwnTable;
  /** SQL condition: this migration is applied, and with it at least so many. */
  readonly appliedSql: (session: Session, name: string, count: number) => string;
  /** SQL that records a migration; it fails where the name is recorded already. */
  readonly recordSql: (session: Session, record: MigrationRecord) => string;
  /** SQL that records the intent of a migration without a transaction, keeping the progress of an earlier try. */
  readonly intentSql: (session: Session, record: MigrationRecord) => string;
  /**
   * SQL that says that so many of its statements are done, given the hashes of those that were not recorded yet. It
   * fails where that is said already.
   */
  readonly progressSql: (session: Session, name: string, statements: number, hashes: readonly string[]) => string;
  /** SQL that takes these hashes for those of the statements that are done. */
  readonly adoptSql: (session: Session, name: string, hashes: readonly string[]) => string;
  /** SQL that says that it is applied. */
  readonly finishSql: (session: Session, name: string) => string;
  /** SQL that takes the intent back. */
  readonly withdrawSql: (session: Session, name: string) => string;
  /** SQL that takes the file as it is now for the one that was applied. */
  readonly acceptSql: (session: Session, name: string, checksum: string) => string;
  /** SQL that takes the file of another name for the one that was applied, or begun. */
  readonly renameSql: (session: Session, renaming: Renaming) => string;
}

export interface Renaming {
  readonly from: string;
  readonly to: string;
  readonly isUnfinished: boolean;
}

const undefinedTable: ReadonlySet<string> = new Set(["42P01", "3F000"]);

/** `table` is `schema.table` in lower case, which the configuration has checked. */
export function ownHistory(table: string): OwnHistory {
  const quoted = quoteTable(table);
  const steps = stepRecord(table);
  // A plain SET would stay behind in a pooled connection: statements of one message are one implicit transaction, and
  // SET LOCAL ends with it. A look must not queue behind a migration that holds the table.
  const lookOnly = "SET LOCAL lock_timeout = '500ms';";
  const text = (session: Session, value: string | undefined) => (value === undefined ? "NULL" : session.literal(value));
  return {
    table: historyTable(table),
    stepTable: steps.table,

    async read(session, wanted) {
      const names = session.literal(JSON.stringify(wanted));
      const sql = `${lookOnly} WITH missing AS (
          SELECT wanted.name FROM json_array_elements_text(${names}::json) AS wanted(name)
          WHERE NOT EXISTS (SELECT FROM ${quoted} AS row WHERE row.name = wanted.name AND row.applied_at IS NOT NULL))
        SELECT (SELECT json_agg(name) FROM missing) AS missing,
          (SELECT name FROM ${quoted} WHERE applied_at IS NOT NULL ORDER BY position DESC LIMIT 1) AS latest,
          (SELECT name FROM ${quoted} WHERE applied_at IS NULL ORDER BY position LIMIT 1) AS unfinished,
          (SELECT json_agg(DISTINCT floor) FROM ${quoted} WHERE floor IS NOT NULL) AS floors,
          CASE WHEN EXISTS (SELECT FROM missing) THEN EXISTS (SELECT FROM pg_catalog.pg_locks WHERE ${lockRow}) END AS upgrading`;
      const rows = await unlessTableIsMissing(session.query(sql));
      if (rows === undefined)
        return { missing: wanted, latest: undefined, unfinished: undefined, floors: [], upgrading: false };
      const [row] = rows;
      const missing = new Set((row?.["missing"] ?? []) as string[]);
      return {
        missing: wanted.filter((name) => missing.has(name)),
        latest: (row?.["latest"] ?? undefined) as string | undefined,
        unfinished: (row?.["unfinished"] ?? undefined) as string | undefined,
        floors: (row?.["floors"] ?? []) as string[],
        upgrading: row?.["upgrading"] === true,
      };
    },

    async survey(session, files) {
      const wanted = session.literal(JSON.stringify(files));
      const sql = `${lookOnly} SELECT coalesce(wanted.name, row.name) AS name, row.checksum, row.release, row.statements,
          wanted.name IS NOT NULL AS wanted, row.applied_at IS NOT NULL AS applied
        FROM json_to_recordset(${wanted}::json) AS wanted(name text, checksum text)
        FULL JOIN ${quoted} AS row ON row.name = wanted.name
        WHERE wanted.name IS NULL OR row.applied_at IS NULL OR (wanted.checksum <> '' AND row.checksum <> wanted.checksum)`;
      const rows = await unlessTableIsMissing(session.query(sql));
      if (rows === undefined)
        return { missing: files.map(({ name }) => name), changed: [], progress: new Map(), unknown: [] };
      const found = rows.map((row) => row as unknown as SurveyRow);
      const missing = new Set(found.filter((row) => row.wanted && !row.applied).map(({ name }) => name));
      return {
        missing: files.map(({ name }) => name).filter((name) => missing.has(name)),
        changed: found.filter((row) => row.wanted && row.applied).map(({ name }) => name),
        progress: await readProgress(
          found.filter((row) => !row.applied && row.checksum !== null),
          (names) => unlessTableIsMissing(session.query(`${lookOnly} ${steps.readSql(session, names)}`)),
        ),
        unknown: found
          .filter((row) => !row.wanted)
          .map(({ name, checksum, release, applied }) => ({
            name,
            checksum: checksum ?? "",
            isUnfinished: !applied,
            release: release ?? undefined,
          })),
      };
    },

    appliedSql: (session, name, count) =>
      `EXISTS (SELECT FROM ${quoted} WHERE name = ${text(session, name)} AND applied_at IS NOT NULL)
        AND (SELECT count(*) FROM ${quoted} WHERE applied_at IS NOT NULL) >= ${count}`,

    recordSql: (session, { name, checksum, release, floor }) =>
      `INSERT INTO ${quoted} (name, checksum, release, floor, applied_at) VALUES
        (${text(session, name)}, ${text(session, checksum)}, ${text(session, release)}, ${text(session, floor)}, clock_timestamp())`,

    intentSql: (session, { name, checksum, release, floor }) =>
      `INSERT INTO ${quoted} (name, checksum, release, floor, statements) VALUES
        (${text(session, name)}, ${text(session, checksum)}, ${text(session, release)}, ${text(session, floor)}, 0)
        ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, release = excluded.release, floor = excluded.floor`,

    // A runner that lost its lock right before its commit may be committing this very step: then we wait at the row.
    progressSql: (session, name, statements, hashes) => `DO $seaworthy$ BEGIN
      UPDATE ${quoted} SET statements = ${statements} WHERE name = ${text(session, name)} AND statements < ${statements};
      IF NOT FOUND THEN RAISE EXCEPTION 'another upgrade has gone on with it'; END IF; END $seaworthy$;
      ${steps.addSql(session, name, statements - hashes.length, hashes)}`,

    adoptSql: (session, name, hashes) => {
      const add = hashes.length === 0 ? [] : [steps.addSql(session, name, 0, hashes)];
      return [steps.forgetSql(session, name), ...add].join("; ");
    },

    finishSql: (session, name) =>
      `UPDATE ${quoted} SET applied_at = clock_timestamp() WHERE name = ${text(session, name)};
      ${steps.forgetSql(session, name)}`,

    withdrawSql: (session, name) =>
      `DELETE FROM ${quoted} WHERE name = ${text(session, name)} AND applied_at IS NULL; ${steps.forgetSql(session, name)}`,

    renameSql: (session, { from, to, isUnfinished }) =>
      `UPDATE ${quoted} SET name = ${text(session, to)} WHERE name = ${text(session, from)}${
        isUnfinished ? `; ${steps.renameSql(session, from, to)}` : ""
      }`,

    acceptSql: (session, name, checksum) =>
      `UPDATE ${quoted} SET checksum = ${text(session, checksum)} WHERE name = ${text(session, name)}`,
  };
}

/** Undefined where the table does not exist: nothing was ever applied. */
async function unlessTableIsMissing(rows: Promise<readonly Row[]>): Promise<readonly Row[] | undefined> {
  try {
    return await rows;
  } catch (error) {
    if (error instanceof StatementError && undefinedTable.has(error.sqlState)) return undefined;
    throw error;
  }
}

async function readProgress(
  unfinished: readonly SurveyRow[],
  readSteps: (names: readonly string[]) => Promise<readonly Row[] | undefined>,
): Promise<ReadonlyMap<string, Progress>> {
  const begun = unfinished.filter(({ statements }) => (statements ?? 0) > 0).map(({ name }) => name);
  const rows = begun.length === 0 ? [] : ((await readSteps(begun)) ?? []);
  const hashes = new Map(rows.map((row) => [row["name"], row["hashes"] as readonly string[]]));
  return new Map(
    unfinished.map(({ name, statements, checksum }) => [
      name,
      { statements: statements ?? 0, checksum: checksum ?? "", hashes: hashes.get(name) ?? [] },
    ]),
  );
}

interface SurveyRow {
  readonly name: string;
  /** Null where nothing is recorded under that name. */
  readonly checksum: string | null;
  readonly release: string | null;
  readonly statements: number | null;
  readonly wanted: boolean;
  readonly applied: boolean;
}
