import type { Session } from "../../kernel/database.ts";
import { keyOf, type ExistingObjects } from "./objects.ts";
import type { PlainDialect } from "./lint-plain.ts";

/** Asks a database for the names of its tables, views and triggers. */
export async function readExistingObjects(
  session: Pick<Session, "query">,
  { engine }: PlainDialect,
): Promise<ExistingObjects> {
  if (engine === "sqlite") {
    const rows = await session.query("SELECT name FROM sqlite_master WHERE type IN ('table', 'view', 'trigger')");
    return { database: "", names: new Set(rows.map(({ name }) => keyOf("sqlite", [String(name)], ""))) };
  }
  const [row] = await session.query("SELECT DATABASE() AS name");
  const database = String(row?.["name"] ?? "");
  const rows = await session.query(
    "SELECT table_schema AS place, table_name AS name FROM information_schema.tables WHERE table_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')",
  );
  return {
    database,
    names: new Set(rows.map(({ place, name }) => keyOf("mysql", [String(place), String(name)], database))),
  };
}
