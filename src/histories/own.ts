import { StatementError, type Session } from "../kernel/database.ts";

/** What a database's history says of the migrations of an image. */
export interface HistoryState {
  /** Of the wanted names those that are not applied, in the order of `wanted`. */
  readonly missing: readonly string[];
  /** The name that was applied last; undefined where nothing was. */
  readonly latest: string | undefined;
}

/** seaworthy's own history: one table, whose rows are written in the transactions of the migrations they record. */
export interface OwnHistory {
  /** One lock-free query. Unknown rows mean that the database is ahead, which is fine. */
  readonly read: (session: Session, wanted: readonly string[]) => Promise<HistoryState>;
  /** Creates the table where it is missing. Call it only while holding the upgrade lock. */
  readonly create: (session: Session) => Promise<void>;
  /** The statement that records a migration, without a semicolon. It fails where the name is recorded already. */
  readonly recordStatement: (session: Session, record: MigrationRecord) => string;
}

export interface MigrationRecord {
  readonly name: string;
  /** sha256 of the file with its line endings normalised, in hexadecimal. */
  readonly checksum: string;
  /** The app version that applied it. */
  readonly release: string | undefined;
}

const undefinedTable = new Set(["42P01", "3F000"]);

/** `table` is `schema.table` in lower case, which the configuration has checked. */
export function ownHistory(table: string): OwnHistory {
  const [schema = "", name = ""] = table.split(".");
  const quoted = `"${schema}"."${name}"`;
  return {
    async read(session, wanted) {
      const names = session.literal(JSON.stringify(wanted));
      // The two statements are one implicit transaction, so that SET LOCAL ends with it: a plain SET would stay behind
      // in a pooled connection. A look must not queue behind a migration that holds the table.
      const sql = `SET LOCAL lock_timeout = '500ms'; SELECT
        (SELECT json_agg(wanted.name) FROM json_array_elements_text(${names}::json) AS wanted(name)
          WHERE NOT EXISTS (SELECT FROM ${quoted} AS applied WHERE applied.name = wanted.name)) AS missing,
        (SELECT name FROM ${quoted} ORDER BY position DESC LIMIT 1) AS latest`;
      try {
        const [row] = await session.query(sql);
        const missing = new Set((row?.["missing"] ?? []) as string[]);
        return {
          missing: wanted.filter((one) => missing.has(one)),
          latest: (row?.["latest"] ?? undefined) as string | undefined,
        };
      } catch (error) {
        if (error instanceof StatementError && undefinedTable.has(error.sqlState))
          return { missing: wanted, latest: undefined };
        throw error;
      }
    },

    async create(session) {
      // CREATE … IF NOT EXISTS asks for the right to create even where there is nothing to create.
      const [found] = await session.query(`SELECT to_regclass(${session.literal(quoted)}) IS NOT NULL AS yes`);
      if (found?.["yes"] === true) return;
      const [home] = await session.query(
        `SELECT to_regnamespace(${session.literal(`"${schema}"`)}) IS NOT NULL AS yes`,
      );
      // The app's role may be another than the upgrade's: it only needs to read, and names of migrations are no secret.
      const createSchema = `CREATE SCHEMA "${schema}"; GRANT USAGE ON SCHEMA "${schema}" TO PUBLIC;`;
      // One message is one implicit transaction: all of it or nothing.
      await session.query(`${home?.["yes"] === true ? "" : createSchema}
        CREATE TABLE ${quoted} (
          position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
          name text COLLATE "C" PRIMARY KEY,
          checksum text NOT NULL,
          release text,
          applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
        GRANT SELECT ON ${quoted} TO PUBLIC`);
    },

    recordStatement(session, { name: migration, checksum, release }) {
      const values = [migration, checksum, release].map((value) =>
        value === undefined ? "NULL" : session.literal(value),
      );
      return `INSERT INTO ${quoted} (name, checksum, release) VALUES (${values.join(", ")})`;
    },
  };
}
