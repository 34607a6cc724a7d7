import { StatementError, type Row, type Session } from "../../../kernel/database.ts";
import type { OwnTable } from "./own-tables.ts";

/** The versions of applications that an upgrade has completed, in the database that it upgraded. */
export interface Releases {
  /** The version recorded last for this app; undefined where none is. One lock-free query. */
  readonly current: (session: Session, app: string) => Promise<string | undefined>;
  readonly table: OwnTable;
  /**
   * Whether this very version was completed with this manifest, and every condition (SQL) holds; undefined where a table
   * is missing. One query, however long the histories are: what an upgrade with nothing to do costs.
   */
  readonly isCompleted: (
    session: Session,
    app: string,
    release: CompletedRelease,
    conditions: readonly string[],
  ) => Promise<boolean | undefined>;
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
    const rows = await readRows(session, sql);
    return rows?.[0]?.["version"] as string | undefined;
  },

  async isCompleted(session, app, { version, manifest = "" }, conditions) {
    const sql = `SELECT version = ${session.literal(version)} AND coalesce(manifest = ${session.literal(manifest)}, false)
        ${conditions.map((condition) => `AND ${condition}`).join(" ")} AS completed
      FROM ${table} WHERE app = ${session.literal(app)} ORDER BY position DESC LIMIT 1`;
    const rows = await readRows(session, sql);
    return rows === undefined ? undefined : rows[0]?.["completed"] === true;
  },

  table: {
    name: table,
    createSql: `CREATE TABLE ${table} (
      position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      app text NOT NULL,
      version text NOT NULL,
      manifest text,
      recorded_at timestamptz NOT NULL DEFAULT clock_timestamp());
    CREATE INDEX ON ${table} (app, position)`,
  },

  recordSql(session, app, { version, manifest }) {
    const values = [app, version, manifest].map((value) => (value === undefined ? "NULL" : session.literal(value)));
    return `INSERT INTO ${table} (app, version, manifest) VALUES (${values.join(", ")})`;
  },
};

/** Undefined where no upgrade has created the tables. */
async function readRows(session: Session, sql: string): Promise<readonly Row[] | undefined> {
  try {
    return await session.query(`SET LOCAL lock_timeout = '500ms'; ${sql}`);
  } catch (error) {
    if (error instanceof StatementError && undefinedTable.has(error.sqlState)) return undefined;
    throw error;
  }
}
