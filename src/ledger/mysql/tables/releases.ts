import type { ReadSession } from "../../../kernel/database.ts";
import { unlessTableIsMissing } from "../../../kernel/missing-table.ts";
import type { CompletedRelease, CompleteHistory } from "../../release.ts";
import { fence } from "../lock-name.ts";
import { quoteTable, releasesName } from "./names.ts";

const table = quoteTable(releasesName);

/** The app's last recorded version, or undefined. One query without a lock. */
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
  const { literal } = session;
  const conditions = histories.map((history) => {
    const quoted = quoteTable(history.table);
    return `AND EXISTS (SELECT 1 FROM ${quoted} WHERE name = ${literal(history.last)} AND applied_at IS NOT NULL)
      AND (SELECT COUNT(*) FROM ${quoted} WHERE applied_at IS NOT NULL) >= ${history.count}`;
  });
  const rows = await unlessTableIsMissing(
    session.query(`SELECT version = ${literal(version)} AND COALESCE(manifest = ${literal(manifest)}, 0)
        ${conditions.join(" ")} AS completed
      FROM ${table} WHERE app = ${literal(app)} ORDER BY position DESC LIMIT 1`),
  );
  return rows === undefined ? undefined : Number(rows[0]?.["completed"] ?? 0) === 1;
}

/** SQL that records a version, if this session holds the lock. */
export function recordReleaseSql({ literal }: Pick<ReadSession, "literal">, release: CompletedRelease): string {
  const { app, version, manifest } = release;
  const values = [app, version, manifest].map((value) => (value === undefined ? "NULL" : literal(value)));
  return `INSERT INTO ${table} (app, version, manifest, recorded_at)
    SELECT ${values.join(", ")}, UTC_TIMESTAMP(6) + INTERVAL ${fence} SECOND`;
}
