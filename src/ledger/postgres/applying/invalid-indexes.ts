import type { Session } from "../../../kernel/database.ts";
import type { Log } from "../../../kernel/log.ts";
import { indexName, plainTextOf, readConcurrentIndex } from "../../../migrations/sql/postgres/concurrent-index.ts";
import { hasWantedDefinition } from "./index-definition.ts";

const dropIndex = new RegExp(String.raw`^DROP INDEX CONCURRENTLY ${indexName}(?: (?:CASCADE|RESTRICT))?$`, "i");
const reindex = new RegExp(String.raw`^REINDEX (?:\([^)]*\) )?(INDEX|TABLE) (?:CONCURRENTLY )?${indexName}$`, "i");

/**
 * Drops the invalid index that an interrupted CONCURRENTLY left behind. It slows every write, serves no read, and IF NOT
 * EXISTS would accept it. Returns whether the statement has nothing left to do.
 */
export async function healIndexes(session: Session, statement: string, resumed: boolean, log: Log): Promise<boolean> {
  const created = readConcurrentIndex(statement);
  if (created !== undefined && created !== "unreadable") {
    const index = qualify(created.name, created.table);
    const valid = await isValid(session, index);
    if (valid === false) await dropInvalid(session, index, log);
    // The migration did not build a different index of that name. The server refuses the statement.
    return valid === true && resumed && (await hasWantedDefinition(session, index, created));
  }
  const text = plainTextOf(statement);
  const dropped = dropIndex.exec(text);
  if (dropped !== null) return resumed && (await isDropped(session, dropped[1] ?? "", log));
  const rebuilt = reindex.exec(text);
  if (rebuilt !== null) {
    for (const left of await leftByReindex(session, rebuilt[1] ?? "", rebuilt[2] ?? ""))
      await dropInvalid(session, left, log);
  }
  return false;
}

/** CREATE INDEX names the index without a schema: it goes where the table is. */
function qualify(index: string, table: string): string {
  const schema = /^(.*) \. (?:"(?:[^"]|"")+"|[^"\s]+)$/s.exec(table)?.[1];
  return schema === undefined ? index : `${schema}.${index}`;
}

async function isDropped(session: Session, index: string, log: Log): Promise<boolean> {
  if ((await isValid(session, index)) !== undefined) return false;
  log.warn(`there is no index ${index}: the interrupted run has dropped it, or it never existed`, { index });
  return true;
}

/** Undefined if there is no such index. */
async function isValid(session: Session, index: string): Promise<boolean | undefined> {
  const [row] = await session.query(
    `SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = to_regclass(${session.literal(index)})`,
  );
  return row === undefined ? undefined : row["indisvalid"] === true;
}

async function dropInvalid(session: Session, index: string, log: Log): Promise<void> {
  log.warn(`found the invalid index ${index}, left by an interrupted run: dropping it to build it anew`, { index });
  await session.query(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`);
}

/** REINDEX CONCURRENTLY builds beside the old index, as NAME_ccnew, and removes it as NAME_ccold. */
async function leftByReindex(session: Session, kind: string, target: string): Promise<readonly string[]> {
  const relation = `to_regclass(${session.literal(target)})`;
  const table =
    kind.toUpperCase() === "TABLE"
      ? relation
      : `(SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = ${relation})`;
  const rows = await session.query(`WITH target AS (SELECT ${table} AS oid)
    SELECT indexrelid::regclass::text AS index FROM pg_catalog.pg_index JOIN pg_catalog.pg_class ON oid = indexrelid
    WHERE NOT indisvalid AND relname ~ '_cc(new|old)[0-9]*$'
      AND indrelid IN (SELECT oid FROM target UNION SELECT reltoastrelid FROM pg_catalog.pg_class JOIN target USING (oid))`);
  return rows.map((row) => String(row["index"]));
}
