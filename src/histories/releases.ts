import { StatementError, type Session } from "../kernel/database.ts";

/** The versions of applications that an upgrade has completed, in the database that it upgraded. */
export interface Releases {
  /** The version recorded last for this app; undefined where none is. One lock-free query. */
  readonly current: (session: Session, app: string) => Promise<string | undefined>;
  readonly create: (session: Session) => Promise<void>;
  readonly record: (session: Session, app: string, version: string) => Promise<void>;
}

const table = "seaworthy.releases";
const undefinedTable = new Set(["42P01", "3F000"]);

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

  async create(session) {
    const [found] = await session.query(
      `SELECT to_regclass('${table}') IS NOT NULL AS yes, to_regnamespace('seaworthy') IS NOT NULL AS home`,
    );
    if (found?.["yes"] === true) return;
    const createSchema = "CREATE SCHEMA seaworthy; GRANT USAGE ON SCHEMA seaworthy TO PUBLIC;";
    await session.query(`${found?.["home"] === true ? "" : createSchema}
      CREATE TABLE ${table} (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        app text NOT NULL,
        version text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp());
      GRANT SELECT ON ${table} TO PUBLIC`);
  },

  async record(session, app, version) {
    await session.query(
      `INSERT INTO ${table} (app, version) VALUES (${session.literal(app)}, ${session.literal(version)})`,
    );
  },
};
