import { StatementError, type Row, type Session } from "../kernel/database.ts";
import { createOnce } from "./own-table.ts";

/** The versions of applications that an upgrade has completed, in the database that it upgraded. */
export interface Releases {
  /** The version recorded last for this app; undefined where none is. One lock-free query. */
  readonly current: (session: Session, app: string) => Promise<string | undefined>;
  /** Creates the table where it is missing. Call it only while holding the upgrade lock. */
  readonly create: (session: Session) => Promise<void>;
  /**
   * Whether this very version was completed with this manifest, and every condition (SQL) holds. One query, however
   * long the histories are: what an upgrade with nothing to do costs.
   */
  readonly isCompleted: (
    session: Session,
    app: string,
    release: CompletedRelease,
    conditions: readonly string[],
  ) => Promise<boolean>;
  /** SQL that records a version. */
  readonly recordSql: (session: Session, app: string, release: CompletedRelease) => string;
}

export interface CompletedRelease {
  readonly version: string;
  /** Stands for all migrations of the image; undefined where some of them are still to come. */
  readonly manifest: string | undefined;
}

const table = "seaworthy.releases";
const undefinedTable: ReadonlySet<string> = new Set(["42P01", "3F000"]);

export const releases: Releases = {
  async current(session, app) {
    const sql = `SELECT version FROM ${table} WHERE app = ${session.literal(app)} ORDER BY position DESC LIMIT 1`;
    const row = await readRow(session, sql);
    return row?.["version"] as string | undefined;
  },

  async isCompleted(session, app, { version, manifest = "" }, conditions) {
    const sql = `SELECT version = ${session.literal(version)} AND coalesce(manifest = ${session.literal(manifest)}, false)
        ${conditions.map((condition) => `AND ${condition}`).join(" ")} AS completed
      FROM ${table} WHERE app = ${session.literal(app)} ORDER BY position DESC LIMIT 1`;
    return (await readRow(session, sql))?.["completed"] === true;
  },

  create: (session) =>
    createOnce(
      session,
      table,
      `CREATE TABLE ${table} (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        app text NOT NULL,
        version text NOT NULL,
        manifest text,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp());
      CREATE INDEX ON ${table} (app, position)`,
    ),

  recordSql(session, app, { version, manifest }) {
    const values = [app, version, manifest].map((value) => (value === undefined ? "NULL" : session.literal(value)));
    return `INSERT INTO ${table} (app, version, manifest) VALUES (${values.join(", ")})`;
  },
};

/** Undefined where there is no row, and where no upgrade has created the tables. */
async function readRow(session: Session, sql: string): Promise<Row | undefined> {
  try {
    const [row] = await session.query(`SET LOCAL lock_timeout = '500ms'; ${sql}`);
    return row;
  } catch (error) {
    if (error instanceof StatementError && undefinedTable.has(error.sqlState)) return undefined;
    throw error;
  }
}
