import type { ReadSession } from "../../../kernel/database.ts";
import { unlessTableIsMissing } from "../../../kernel/missing-table.ts";
import type { HistoryState, HistorySurvey, Progress } from "../../history.ts";
import { lockName } from "../lock-name.ts";
import { quoteTable, stepSuffix } from "./names.ts";

/** A look must not queue behind a session that has locked the table. */
const lookOnly = "SET SESSION lock_wait_timeout = 1;";

/** For a look: one query without a lock. A second one names the missing migrations, if there are any. */
export async function readHistory(
  session: ReadSession,
  table: string,
  wanted: readonly string[],
): Promise<HistoryState> {
  const quoted = quoteTable(table);
  const isWanted = `name IN (${wanted.map(session.literal).join(", ") || "NULL"}) AND applied_at IS NOT NULL`;
  const rows = await unlessTableIsMissing(
    session.query(`${lookOnly} SELECT 'applied' AS kind, CAST(COUNT(*) AS CHAR) AS value FROM ${quoted} WHERE ${isWanted}
      UNION ALL SELECT 'locked', CAST(IS_USED_LOCK(${lockName}) AS CHAR)
      UNION ALL (SELECT 'latest', name FROM ${quoted} WHERE applied_at IS NOT NULL ORDER BY position DESC LIMIT 1)
      UNION ALL (SELECT 'unfinished', name FROM ${quoted} WHERE applied_at IS NULL ORDER BY position LIMIT 1)
      UNION ALL SELECT DISTINCT 'floor', floor FROM ${quoted} WHERE floor IS NOT NULL`),
  );
  if (rows === undefined)
    return { missing: wanted, latest: undefined, unfinished: undefined, floors: [], upgrading: false };
  const valuesOf = (kind: string) => rows.filter((row) => row["kind"] === kind).map((row) => row["value"] as string);
  const isComplete = Number(valuesOf("applied")[0]) === wanted.length;
  const found = isComplete ? [] : await session.query(`SELECT name FROM ${quoted} WHERE ${isWanted}`);
  const applied = new Set(found.map((row) => row["name"]));
  return {
    missing: isComplete ? [] : wanted.filter((name) => !applied.has(name)),
    latest: valuesOf("latest")[0],
    unfinished: valuesOf("unfinished")[0],
    floors: valuesOf("floor"),
    upgrading: !isComplete && valuesOf("locked")[0] !== null,
  };
}

interface SurveyRow {
  readonly name: string;
  readonly checksum: string;
  readonly version: string | null;
  readonly applied: number;
}

/** For an upgrade: one query, and a second one if a migration is unfinished. */
export async function surveyHistory(
  session: ReadSession,
  table: string,
  files: readonly { readonly name: string; readonly checksum: string }[],
): Promise<HistorySurvey> {
  const found = await unlessTableIsMissing(
    session.query(
      `SELECT name, checksum, \`release\` AS version, applied_at IS NOT NULL AS applied FROM ${quoteTable(table)} ORDER BY position`,
    ),
  );
  const rows = new Map((found ?? []).map((row) => [String(row["name"]), row as unknown as SurveyRow]));
  const isApplied = (name: string) => rows.get(name)?.applied === 1;
  const names = new Set(files.map(({ name }) => name));
  return {
    missing: files.map(({ name }) => name).filter((name) => !isApplied(name)),
    changed: files
      .filter(({ name, checksum }) => isApplied(name) && checksum !== "" && rows.get(name)?.checksum !== checksum)
      .map(({ name }) => name),
    progress: await readProgress(
      session,
      table,
      [...rows.values()].filter(({ name }) => !isApplied(name)),
    ),
    unknown: [...rows.values()]
      .filter(({ name }) => !names.has(name))
      .map(({ name, checksum, version }) => ({
        name,
        checksum,
        isUnfinished: !isApplied(name),
        release: version ?? undefined,
      })),
  };
}

async function readProgress(
  session: ReadSession,
  table: string,
  unfinished: readonly SurveyRow[],
): Promise<ReadonlyMap<string, Progress>> {
  if (unfinished.length === 0) return new Map();
  const names = unfinished.map(({ name }) => session.literal(name)).join(", ");
  const steps = await unlessTableIsMissing(
    session.query(`SELECT name, hash FROM ${quoteTable(table, stepSuffix)}
      WHERE state = 'done' AND name IN (${names}) ORDER BY name, position`),
  );
  return new Map(
    unfinished.map(({ name, checksum }) => {
      const hashes = (steps ?? []).filter((step) => step["name"] === name).map((step) => String(step["hash"]));
      return [name, { statements: hashes.length, hashes, checksum }];
    }),
  );
}
