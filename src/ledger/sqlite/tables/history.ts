import type { ReadSession, Row } from "../../../kernel/database.ts";
import { unlessTableIsMissing } from "../../../kernel/missing-table.ts";
import type { HistoryState, HistorySurvey, Progress } from "../../history.ts";
import { quoteTable } from "./ledger-tables.ts";
import { stepRecord } from "./steps.ts";

/** For a look: one query. */
export async function readHistory(
  session: ReadSession,
  history: string,
  wanted: readonly string[],
): Promise<HistoryState> {
  const quoted = quoteTable(history);
  const sql = `WITH missing AS (
          SELECT value AS name FROM json_each(${session.literal(JSON.stringify(wanted))})
          WHERE value NOT IN (SELECT name FROM ${quoted} WHERE applied_at IS NOT NULL))
        SELECT (SELECT json_group_array(name) FROM missing) AS missing,
          (SELECT name FROM ${quoted} WHERE applied_at IS NOT NULL ORDER BY position DESC LIMIT 1) AS latest,
          (SELECT name FROM ${quoted} WHERE applied_at IS NULL ORDER BY position LIMIT 1) AS unfinished,
          (SELECT json_group_array(DISTINCT floor) FROM ${quoted} WHERE floor IS NOT NULL) AS floors,
          CASE WHEN EXISTS (SELECT 1 FROM missing) THEN seaworthy_lock_held() END AS upgrading`;
  const [row] = (await unlessTableIsMissing(session.query(sql))) ?? (await readWithoutTable(session, wanted));
  const missing = new Set(listIn(row, "missing"));
  return {
    missing: wanted.filter((name) => missing.has(name)),
    latest: (row?.["latest"] ?? undefined) as string | undefined,
    unfinished: (row?.["unfinished"] ?? undefined) as string | undefined,
    floors: listIn(row, "floors"),
    upgrading: row?.["upgrading"] === 1,
  };
}

/** The first upgrade may be running. */
function readWithoutTable(session: ReadSession, wanted: readonly string[]): Promise<readonly Row[]> {
  return session.query(
    `SELECT ${session.literal(JSON.stringify(wanted))} AS missing, '[]' AS floors, seaworthy_lock_held() AS upgrading`,
  );
}

const listIn = (row: Row | undefined, column: string) => JSON.parse(String(row?.[column] ?? "[]")) as readonly string[];

interface SurveyRow {
  readonly name: string;
  /** Null if nothing is recorded under that name. */
  readonly checksum: string | null;
  readonly release: string | null;
  readonly statements: number | null;
  readonly wanted: number;
  readonly applied: number;
}

/** For an upgrade: one query, and a second one if a migration is unfinished. */
export async function surveyHistory(
  session: ReadSession,
  history: string,
  files: readonly { readonly name: string; readonly checksum: string }[],
): Promise<HistorySurvey> {
  const sql = `WITH wanted AS (
          SELECT value ->> 'name' AS name, value ->> 'checksum' AS checksum FROM json_each(${session.literal(JSON.stringify(files))}))
        SELECT coalesce(wanted.name, row.name) AS name, row.checksum, row.release, row.statements,
          wanted.name IS NOT NULL AS wanted, row.applied_at IS NOT NULL AS applied
        FROM wanted FULL JOIN ${quoteTable(history)} AS row ON row.name = wanted.name
        WHERE wanted.name IS NULL OR row.applied_at IS NULL OR (wanted.checksum <> '' AND row.checksum <> wanted.checksum)`;
  const rows = await unlessTableIsMissing(session.query(sql));
  if (rows === undefined)
    return { missing: files.map(({ name }) => name), changed: [], progress: new Map(), unknown: [] };
  const found = rows.map((row) => row as unknown as SurveyRow);
  const missing = new Set(found.filter((row) => row.wanted && !row.applied).map(({ name }) => name));
  const unfinished = found.filter((row) => !row.applied && row.checksum !== null);
  return {
    missing: files.map(({ name }) => name).filter((name) => missing.has(name)),
    changed: found.filter((row) => row.wanted && row.applied).map(({ name }) => name),
    progress: await readProgress(session, history, unfinished),
    unknown: found
      .filter((row) => !row.wanted)
      .map(({ name, checksum, release, applied }) => ({
        name,
        checksum: checksum ?? "",
        isUnfinished: !applied,
        release: release ?? undefined,
      })),
  };
}

async function readProgress(
  session: ReadSession,
  history: string,
  unfinished: readonly SurveyRow[],
): Promise<ReadonlyMap<string, Progress>> {
  const begun = unfinished.filter(({ statements }) => (statements ?? 0) > 0).map(({ name }) => name);
  const { readSql } = stepRecord(session, history);
  const rows = begun.length === 0 ? [] : await unlessTableIsMissing(session.query(readSql(begun)));
  const hashes = Map.groupBy(rows ?? [], (row) => String(row["name"]));
  return new Map(
    unfinished.map(({ name, statements, checksum }) => [
      name,
      {
        statements: statements ?? 0,
        checksum: checksum ?? "",
        hashes: (hashes.get(name) ?? []).map((row) => String(row["hash"])),
      },
    ]),
  );
}
