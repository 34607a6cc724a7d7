import type { ReadSession } from "../../../kernel/database.ts";
import { parseTable, type Dialect, type TableName } from "./dialects.ts";
import type { Tool } from "../tool.ts";

export interface FoundTable extends TableName {
  readonly columns: ReadonlySet<string>;
  /** Whether the session finds the table without a schema. */
  readonly visible: boolean;
}

/** The tables with these names in any schema, with their columns. Runs one query that locks nothing. */
export async function readCatalogue(
  session: ReadSession,
  dialect: Dialect,
  names: readonly string[],
): Promise<readonly FoundTable[]> {
  const lower = [...new Set(names.map((name) => name.toLowerCase()))];
  const rows = await session.query(dialect.catalogue(lower, session.literal));
  const tables = Map.groupBy(rows, (row) => JSON.stringify([row["schema"], row["table"]]));
  return [...tables.values()].map((columns) => ({
    // Only one schema of SQLite matters, and queries need not name it.
    schema: dialect.kind === "sqlite" ? undefined : String(columns[0]?.["schema"]),
    table: String(columns[0]?.["table"]),
    columns: new Set(columns.map((row) => String(row["column"]).toLowerCase())),
    visible: columns.some((row) => row["visible"] === true || row["visible"] === 1),
  }));
}

/** Whether the table has the columns of the tool's history. */
export function isTableOf(tool: Tool, { columns }: FoundTable): boolean {
  const has = (column: string) => columns.has(column.toLowerCase());
  return tool.columns.every(has) && !(tool.without ?? []).some(has);
}

export interface OwnTables {
  /** The table in the tool's usual place, or else the table that the session finds by name. */
  readonly table: FoundTable | undefined;
  /** Tables in other schemas: another application's, or this app's if `table:` is missing. */
  readonly elsewhere: readonly FoundTable[];
}

/**
 * Picks the tool's own table. Never takes a table from another schema: versions 1, 2, 3 of another application would
 * make an empty schema look complete.
 */
export function ownTables(tool: Tool, dialect: Dialect, tables: readonly FoundTable[]): OwnTables {
  const usual = parseTable(tool.tables[dialect.kind] ?? "");
  const own = tables.filter(
    (table) => table.table.toLowerCase() === usual.table.toLowerCase() && isTableOf(tool, table),
  );
  const table =
    own.find(({ schema }) => schema !== undefined && schema === usual.schema) ?? own.find(({ visible }) => visible);
  return { table, elsewhere: own.filter((one) => one !== table) };
}

export function describeTable({ schema, table }: TableName): string {
  return schema === undefined ? table : `${schema}.${table}`;
}
