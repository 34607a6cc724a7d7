import type { ReadSession, Row, Session } from "../../../kernel/database.ts";
import { unlessTableIsMissing } from "../../../kernel/missing-table.ts";
import type { HistoryState, HistorySurvey, Progress } from "../../history.ts";
import { lockRow } from "../lock-key.ts";
import { quoteTable } from "./ledger-tables.ts";
import { stepRecord } from "./steps.ts";

/**
 * A look must not queue behind a migration that holds the table. A plain SET would stay in a pooled connection. SET LOCAL ends
 * with the implicit transaction that the statements of one message form.
 */
const lookOnly = "SET LOCAL lock_timeout = '500ms';";

/** For a look: one lock-free query. */
export async function readHistory(
  session: ReadSession,
  table: string,
  wanted: readonly string[],
): Promise<HistoryState> {
  const quoted = quoteTable(table);
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
}

interface SurveyRow {
  readonly name: string;
  /** Null if nothing is recorded under that name. */
  readonly checksum: string | null;
  readonly release: string | null;
  readonly statements: number | null;
  readonly wanted: boolean;
  readonly applied: boolean;
}

/** For an upgrade: one query, and a second one if a migration is unfinished. */
export async function surveyHistory(
  session: Session,
  table: string,
  files: readonly { readonly name: string; readonly checksum: string }[],
): Promise<HistorySurvey> {
  const wanted = session.literal(JSON.stringify(files));
  const sql = `${lookOnly} SELECT coalesce(wanted.name, row.name) AS name, row.checksum, row.release, row.statements,
          wanted.name IS NOT NULL AS wanted, row.applied_at IS NOT NULL AS applied
        FROM json_to_recordset(${wanted}::json) AS wanted(name text, checksum text)
        FULL JOIN ${quoteTable(table)} AS row ON row.name = wanted.name
        WHERE wanted.name IS NULL OR row.applied_at IS NULL OR (wanted.checksum <> '' AND row.checksum <> wanted.checksum)`;
  const rows = await unlessTableIsMissing(session.query(sql));
  if (rows === undefined)
    return { missing: files.map(({ name }) => name), changed: [], progress: new Map(), unknown: [] };
  const found = rows.map((row) => row as unknown as SurveyRow);
  const missing = new Set(found.filter((row) => row.wanted && !row.applied).map(({ name }) => name));
  const { readSql } = stepRecord(session, table);
  return {
    missing: files.map(({ name }) => name).filter((name) => missing.has(name)),
    changed: found.filter((row) => row.wanted && row.applied).map(({ name }) => name),
    progress: await readProgress(
      found.filter((row) => !row.applied && row.checksum !== null),
      (names) => unlessTableIsMissing(session.query(`${lookOnly} ${readSql(names)}`)),
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
