import { StatementError, type ReadSession, type Row } from "../../../kernel/database.ts";

/** The rows of a database that refer to a missing row. */
export interface Orphans {
  /** How many there are, by reference, and by the values with which they refer. */
  readonly found: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Tables with a definition that SQLite cannot check, with its words. */
  readonly unchecked: ReadonlyMap<string, string>;
}

type Asking = Pick<ReadSession, "query" | "literal">;

/**
 * Foreign keys are off in a migration, because DROP TABLE would delete the rows that refer to the table. So they are checked
 * before the migration's end: https://sqlite.org/lang_altertable.html#otheralter
 */
export async function findOrphans(session: Asking): Promise<Orphans> {
  const unchecked = new Map<string, string>();
  const found = new Map<string, ReadonlyMap<string, number>>();
  for (const table of await tablesWithOrphans(session, unchecked)) {
    const keys = await session.query(
      `SELECT DISTINCT fkid FROM pragma_foreign_key_check(${session.literal(table)}) ORDER BY 1`,
    );
    for (const { fkid } of keys) {
      const key = await readKey(session, table, Number(fkid));
      const rows = await session.query(valuesSql(session, key));
      found.set(nameOf(key), new Map(rows.map((row) => [String(row["used"]), Number(row["orphans"])])));
    }
  }
  return { found, unchecked };
}

/** Throws an Error that names the tables in which a migration has left rows that were no orphans before. */
export function refuseNewOrphans(before: Orphans, after: Orphans): void {
  for (const [table, message] of after.unchecked) if (!before.unchecked.has(table)) throw new Error(message);
  const found = [...after.found].flatMap(([key, values]) => {
    // What SQLite could not check before may be what the migration repairs.
    if (before.unchecked.has(tableOf(key))) return [];
    const old = before.found.get(key);
    const count = [...values].reduce((sum, [used, rows]) => sum + Math.max(0, rows - (old?.get(used) ?? 0)), 0);
    return count > 0 ? [`${shown(key)}: ${count} ${count === 1 ? "row" : "rows"}`] : [];
  });
  if (found.length === 0) return;
  const fix =
    "Foreign keys are off while a migration runs, so ON DELETE and ON UPDATE do nothing. Change the rows that refer to others too";
  throw new Error(`FOREIGN KEY constraint failed (${found.join("; ")}). ${fix}.`);
}

async function tablesWithOrphans(session: Asking, unchecked: Map<string, string>): Promise<readonly string[]> {
  const namesIn = (rows: readonly Row[]) => rows.map((row) => String(row["name"]));
  const ask = (argument: string) =>
    session.query(`SELECT DISTINCT "table" AS name FROM pragma_foreign_key_check${argument} ORDER BY 1`);
  try {
    return namesIn(await ask(""));
  } catch (error) {
    if (!isMismatch(error)) throw error;
  }
  // One of the tables cannot be checked: find it, and check the others.
  const all = await session.query(
    `SELECT DISTINCT one.name FROM sqlite_schema AS one JOIN pragma_foreign_key_list(one.name) WHERE one.type = 'table' ORDER BY 1`,
  );
  const names: string[] = [];
  for (const table of namesIn(all)) {
    try {
      names.push(...namesIn(await ask(`(${session.literal(table)})`)));
    } catch (error) {
      if (!isMismatch(error)) throw error;
      unchecked.set(table, error.message);
    }
  }
  return names;
}

function isMismatch(error: unknown): error is StatementError {
  return error instanceof StatementError && error.message.startsWith("foreign key mismatch");
}

/** A foreign key. Its number changes when its table is rebuilt with another order of keys. */
interface ForeignKey {
  readonly table: string;
  readonly number: number;
  readonly columns: readonly string[];
  readonly parent: string;
  /** The parent's columns. Empty if the parent does not exist. */
  readonly parentColumns: readonly string[];
  /** Whether the check tells the row: a table WITHOUT ROWID has no number for it. */
  readonly hasRowid: boolean;
}

async function readKey(session: Asking, table: string, number: number): Promise<ForeignKey> {
  const { literal } = session;
  const parts = await session.query(
    `SELECT "from", "to", "table" AS parent FROM pragma_foreign_key_list(${literal(table)}) WHERE id = ${number} ORDER BY seq`,
  );
  const parent = String(parts[0]?.["parent"]);
  // Without columns, a key refers to the parent's primary key.
  const columns = await session.query(`SELECT name, pk FROM pragma_table_info(${literal(parent)}) ORDER BY pk`);
  const primary = columns.filter(({ pk }) => Number(pk) > 0).map(({ name }) => name);
  const [kind] = await session.query(`SELECT wr FROM pragma_table_list(${literal(table)}) WHERE schema = 'main'`);
  return {
    table,
    number,
    parent,
    columns: parts.map(({ from }) => String(from)),
    parentColumns: columns.length === 0 ? [] : parts.map(({ to }, index) => String(to ?? primary[index])),
    hasRowid: Number(kind?.["wr"]) === 0,
  };
}

function valuesSql({ literal }: Asking, key: ForeignKey): string {
  const { columns, parent, parentColumns, table } = key;
  const own = columns.map((column) => `child.${quote(column)}`);
  const used = own.map((column) => `quote(${column})`).join(" || ', ' || ");
  const what = `SELECT ${used} AS used, count(*) AS orphans`;
  if (key.hasRowid)
    return `${what} FROM pragma_foreign_key_check(${literal(table)}) AS orphan
      JOIN ${quote(table)} AS child ON child.rowid = orphan.rowid WHERE orphan.fkid = ${key.number} GROUP BY 1`;
  const isSame = parentColumns.map((column, index) => `parent.${quote(column)} = ${own[index]}`).join(" AND ");
  const isMissing =
    parentColumns.length === 0 ? "1" : `NOT EXISTS (SELECT 1 FROM ${quote(parent)} AS parent WHERE ${isSame})`;
  const isSet = own.map((column) => `${column} IS NOT NULL`).join(" AND ");
  return `${what} FROM ${quote(table)} AS child WHERE ${isSet} AND ${isMissing} GROUP BY 1`;
}

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

const separator = "\0";
const nameOf = ({ table, columns, parent }: ForeignKey) => [table, parent, ...columns].join(separator);
const tableOf = (key: string) => key.split(separator)[0] ?? "";
const shown = (key: string) => key.split(separator).slice(0, 2).join(" → ");
