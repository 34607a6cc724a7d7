import type { ReadSession } from "../../../kernel/database.ts";
import { unlessTableIsMissing } from "../../../kernel/missing-table.ts";
import type { CompletedRelease, CompleteHistory } from "../../release.ts";
import { now, type LedgerTable } from "./ledger-tables.ts";
import { appliedSql } from "./records.ts";

const table = "seaworthy_releases";

/** The table of app versions that upgrades have completed in this database. */
export const releasesTable: LedgerTable = {
  name: table,
  createSql: [
    `CREATE TABLE ${table} (
      position INTEGER PRIMARY KEY,
      app TEXT NOT NULL,
      version TEXT NOT NULL,
      manifest TEXT,
      recorded_at TEXT NOT NULL DEFAULT (${now}))`,
    `CREATE INDEX ${table}_app ON ${table} (app, position)`,
  ],
};

/** The app's last recorded version, or undefined. */
export async function readRelease(session: ReadSession, app: string): Promise<string | undefined> {
  const rows = await unlessTableIsMissing(
    session.query(`SELECT version FROM ${table} WHERE app = ${session.literal(app)} ORDER BY position DESC LIMIT 1`),
  );
  return rows?.[0]?.["version"] as string | undefined;
}

/** Undefined if a table is missing. One query for histories of any length. */
export async function isCompleted(
  session: ReadSession,
  { app, version, manifest = "" }: CompletedRelease,
  histories: readonly CompleteHistory[],
): Promise<boolean | undefined> {
  const conditions = histories.map((history) => `AND ${appliedSql(session, history)}`);
  const rows = await unlessTableIsMissing(
    session.query(`SELECT version = ${session.literal(version)} AND coalesce(manifest = ${session.literal(manifest)}, 0)
        ${conditions.join(" ")} AS completed
      FROM ${table} WHERE app = ${session.literal(app)} ORDER BY position DESC LIMIT 1`),
  );
  return rows === undefined ? undefined : rows[0]?.["completed"] === 1;
}

/** SQL that records a version. */
export function recordReleaseSql({ literal }: Pick<ReadSession, "literal">, release: CompletedRelease): string {
  const { app, version, manifest } = release;
  const values = [app, version, manifest].map((value) => (value === undefined ? "NULL" : literal(value)));
  return `INSERT INTO ${table} (app, version, manifest) VALUES (${values.join(", ")})`;
}
