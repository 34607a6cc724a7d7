import type { ReadSession, Session } from "../../../kernel/database.ts";
import { unlessTableIsMissing } from "../../../kernel/missing-table.ts";
import type { CompletedRelease, CompleteHistory } from "../../release.ts";
import type { LedgerTable } from "./ledger-tables.ts";
import { appliedSql } from "./records.ts";

const table = "seaworthy.releases";

/** The table of app versions that upgrades have completed in this database. */
export const releasesTable: LedgerTable = {
  name: table,
  createSql: `CREATE TABLE ${table} (
      position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      app text NOT NULL,
      version text NOT NULL,
      manifest text,
      recorded_at timestamptz NOT NULL DEFAULT clock_timestamp());
    CREATE INDEX ON ${table} (app, position)`,
};

/** The app's last recorded version, or undefined. One lock-free query. */
export async function readRelease(session: ReadSession, app: string): Promise<string | undefined> {
  const rows = await ask(
    session,
    `SELECT version FROM ${table} WHERE app = ${session.literal(app)} ORDER BY position DESC LIMIT 1`,
  );
  return rows?.[0]?.["version"] as string | undefined;
}

/** Undefined if a table is missing. One query for histories of any length. */
export async function isCompleted(
  session: Session,
  { app, version, manifest = "" }: CompletedRelease,
  histories: readonly CompleteHistory[],
): Promise<boolean | undefined> {
  const conditions = histories.map((history) => appliedSql(session, history));
  const rows = await ask(
    session,
    `SELECT version = ${session.literal(version)} AND coalesce(manifest = ${session.literal(manifest)}, false)
        ${conditions.map((condition) => `AND ${condition}`).join(" ")} AS completed
      FROM ${table} WHERE app = ${session.literal(app)} ORDER BY position DESC LIMIT 1`,
  );
  return rows === undefined ? undefined : rows[0]?.["completed"] === true;
}

/** SQL that records a version. */
export function recordReleaseSql(session: Session, { app, version, manifest }: CompletedRelease): string {
  const values = [app, version, manifest].map((value) => (value === undefined ? "NULL" : session.literal(value)));
  return `INSERT INTO ${table} (app, version, manifest) VALUES (${values.join(", ")})`;
}

/** Undefined if no upgrade has created the tables. */
function ask(session: ReadSession, sql: string) {
  return unlessTableIsMissing(session.query(`SET LOCAL lock_timeout = '500ms'; ${sql}`));
}
