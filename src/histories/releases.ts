import { StatementError, type Session } from "../kernel/database.ts";
import { createOnce } from "./own-table.ts";

/** The versions of applications that an upgrade has completed, in the database that it upgraded. */
export interface Releases {
  /** The version recorded last for this app; undefined where none is. One lock-free query. */
  readonly current: (session: Session, app: string) => Promise<string | undefined>;
  /** Creates the table where it is missing. Call it only while holding the upgrade lock. */
  readonly create: (session: Session) => Promise<void>;
  readonly record: (session: Session, app: string, version: string) => Promise<void>;
}

const table = "seaworthy.releases";
const undefinedTable: ReadonlySet<string> = new Set(["42P01", "3F000"]);

export const releases: Releases = {
  async current(session, app) {
    try {
      const sql = `SET LOCAL lock_timeout = '500ms';
        SELECT version FROM ${table} WHERE app = ${session.literal(app)} ORDER BY position DESC LIMIT 1`;
      const [row] = await session.query(sql);
      return row?.["version"] as string | undefined;
    } catch (error) {
      if (error instanceof StatementError && undefinedTable.has(error.sqlState)) return undefined;
      throw error;
    }
  },

  create: (session) =>
    createOnce(
      session,
      table,
      `CREATE TABLE ${table} (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        app text NOT NULL,
        version text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp());
      CREATE INDEX ON ${table} (app, position)`,
    ),

  async record(session, app, version) {
    await session.query(
      `INSERT INTO ${table} (app, version) VALUES (${session.literal(app)}, ${session.literal(version)})`,
    );
  },
};
