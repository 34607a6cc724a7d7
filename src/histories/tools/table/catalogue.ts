import type { ReadSession } from "../../../kernel/database.ts";
import { parseTable, type Dialect, type TableName } from "./dialects.ts";
import type { Tool } from "../tool.ts";

export interface FoundTable extends TableName {
  readonly columns: ReadonlySet<string>;
  /** Whether the session finds it without its schema. */
  readonly visible: boolean;
}

/** The tables of these names, in any schema, with their columns. One query that locks nothing. */
export async function readCatalogue(
  session: ReadSession,
  dialect: Dialect,
  names: readonly string[],
): Promise<readonly FoundTable[]> {
  const lower = [...new Set(names.map((name) => name.toLowerCase()))];
  const rows = await session.query(dialect.catalogue(lower, session.literal));
  const tables = Map.groupBy(rows, (row) => JSON.stringify([row["schema"], row["table"]]));
  return [...tables.values()].map((columns) => ({
    // SQLite has one schema that matters, and no need to name it.
    schema: dialect.kind === "sqlite" ? undefined : String(columns[0]?.["schema"]),
    table: String(columns[0]?.["table"]),
    columns: new Set(columns.map((row) => String(row["column"]).toLowerCase())),
    visible: columns.some((row) => row["visible"] === true || row["visible"] === 1),
  }));
}

/** Whether the columns are those of the tool's history. */
export function isTableOf(tool: Tool, { columns }: FoundTable): boolean {
  const has = (column: string) => columns.has(column.toLowerCase());
  return tool.columns.every(has) && !(tool.without ?? []).some(has);
}

export interface OwnTables {
  /** In the tool's usual place, or else where the session finds it by its name. */
  readonly table: FoundTable | undefined;
  /** In other schemas: another application's, or this one's where `table:` should say so. */
  readonly elsewhere: readonly FoundTable[];
}

/**
 * Of the tables, the tool's own. One in a schema that nothing points to is never taken: versions 1, 2, 3 of another
 * application would make an empty schema look complete.
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
