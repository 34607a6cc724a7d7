import type { Session } from "../../../kernel/database.ts";
import type { Log } from "../../../kernel/log.ts";

const name = String.raw`((?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))?)`;
const createIndex = new RegExp(
  String.raw`^CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?${name}\s+ON\s+(?:ONLY\s+)?${name}`,
  "i",
);
const dropIndex = new RegExp(
  String.raw`^DROP\s+INDEX\s+CONCURRENTLY\s+(?:IF\s+EXISTS\s+)?${name}\s*(?:CASCADE|RESTRICT)?\s*$`,
  "i",
);
const reindex = new RegExp(
  String.raw`^REINDEX\s+(?:\([^)]*\)\s*)?(INDEX|TABLE)\s+(?:CONCURRENTLY\s+)?${name}\s*$`,
  "i",
);

/**
 * Clears away what an interrupted CONCURRENTLY left behind: an invalid index, which costs every write and serves no
 * read, and which IF NOT EXISTS would take for a good one. Returns whether the statement has nothing left to do.
 */
export async function healIndexes(session: Session, statement: string, resumed: boolean, log: Log): Promise<boolean> {
  const created = createIndex.exec(statement);
  if (created !== null) {
    const index = qualify(created[1] ?? "", created[2] ?? "");
    const valid = await isValid(session, index);
    if (valid === false) await dropInvalid(session, index, log);
    // Done by the run that was interrupted before it could say so.
    return valid === true && resumed;
  }
  const dropped = dropIndex.exec(statement);
  if (dropped !== null) return resumed && (await isValid(session, dropped[1] ?? "")) === undefined;
  const rebuilt = reindex.exec(statement);
  if (rebuilt !== null) {
    for (const left of await leftByReindex(session, rebuilt[1] ?? "", rebuilt[2] ?? ""))
      await dropInvalid(session, left, log);
  }
  return false;
}

/** CREATE INDEX names the index without a schema: it goes where the table is. */
function qualify(index: string, table: string): string {
  const schema = /^(.*)\.(?:"[^"]+"|[\w$]+)$/.exec(table)?.[1];
  return schema === undefined ? index : `${schema}.${index}`;
}

/** Undefined where there is no such index. */
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
