import type { Session } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import { parseTable, type Dialect, type TableName } from "./dialects.ts";
import type { Tool } from "./tool.ts";

export interface FoundTable extends TableName {
  readonly columns: ReadonlySet<string>;
  /** Whether the session finds it without its schema. */
  readonly visible: boolean;
}

type CatalogueSession = Pick<Session, "query" | "literal">;

/** The tables of these names, in any schema, with their columns. One query that locks nothing. */
export async function readCatalogue(
  session: CatalogueSession,
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

/** Of the tables, the tool's own; where there are several, the one in its usual place. Throws a Failure (78) for a tie. */
export function pickTable(tool: Tool, dialect: Dialect, tables: readonly FoundTable[]): FoundTable | undefined {
  const usual = parseTable(tool.tables[dialect.kind] ?? "");
  const own = tables.filter(
    (table) => table.table.toLowerCase() === usual.table.toLowerCase() && isTableOf(tool, table),
  );
  if (own.length <= 1) return own[0];
  const nearest = own.filter(({ schema, visible }) => (usual.schema === undefined ? visible : schema === usual.schema));
  if (nearest.length === 1) return nearest[0];
  const names = own.map(describeTable).join(", ");
  throw new Failure(
    ExitCode.configuration,
    `the database has several tables that can be ${tool.title}'s history: ${names}. Name the right one with \`table:\`.`,
  );
}

/** Where the tool's table is, if not in its usual place. */
export async function locate(session: CatalogueSession, tool: Tool, dialect: Dialect): Promise<TableName | undefined> {
  const usual = tool.tables[dialect.kind];
  if (usual === undefined) return undefined;
  return pickTable(tool, dialect, await readCatalogue(session, dialect, [parseTable(usual).table]));
}

export function describeTable({ schema, table }: TableName): string {
  return schema === undefined ? table : `${schema}.${table}`;
}
