import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tools } from "../../../src/histories/tools/all.ts";
import { toolHistory, type ToolHistory } from "../../../src/histories/tools/table/tool-history.ts";
import type { DatabaseKind, Tool } from "../../../src/histories/tools/tool.ts";
import { readTree } from "../../../src/histories/tools/files/file-tree.ts";

/** A history that the real tool wrote, or its own DDL if the tool is not available: test/fixtures/histories/record/ */
export interface Fixture {
  readonly name: string;
  readonly tool: Tool;
  /** The files of an image with three migrations, and of the previous image with two. */
  readonly image: string;
  readonly olderImage: string;
  /** The third migration's name in messages. */
  readonly third: string;
  /** The history after two or three migrations, or after the third failed; undefined if it was not recorded. */
  readonly sql: (database: DatabaseKind, when: "older" | "now" | "failed") => string | undefined;
}

const folder = join(import.meta.dirname, "../../fixtures/histories");

/** The third migration's name, by fixture. */
const thirds: Readonly<Record<string, string>> = {
  umzug: "20240301000000_add_notes",
  knex: "20240301000000_add_notes.js",
  "node-pg-migrate": "20240301000000_add_notes",
  "graphile-migrate": "000003-create-notes",
  prisma: "20240301000000_add_notes",
  drizzle: "20240301000000_add_notes",
  "drizzle-1": "20240301000000_add_notes",
  typeorm: "1709251200000-AddNotes",
  "mikro-orm": "Migration20240301000000_notes",
  dbmate: "20240301000000_add_notes",
  sqitch: "notes",
  atlas: "20240301000000_add_notes",
  "golang-migrate": "000003_create_notes",
  goose: "00003_create_notes",
  flyway: "V1_10__add_notes",
  liquibase: "changes/notes.sql::notes-1::bob",
  django: "shop.0003_notes",
  alembic: "1975ea83b712_create_notes",
  laravel: "2024_03_01_000000_add_notes_table",
  doctrine: "Version20240301000000",
  phinx: "20240301000000_add_notes",
  sqlx: "20240301000000_add_notes",
  refinery: "V3__create_notes",
  diesel: "2024-03-01-000000_create_notes",
  rails: "20240301000000_add_notes",
  ecto: "20240301000000_add_notes",
  "ef-core": "20240301000000_AddNotes",
};

export const fixtures: readonly Fixture[] = Object.entries(thirds).map(([name, third]) => {
  const tool = tools.find((one) => one.name === name.replace(/-1$/, ""));
  if (tool === undefined) throw new Error(`no tool has the name ${name}`);
  return {
    name,
    tool,
    third,
    image: join(folder, name, "image"),
    olderImage: join(folder, name, "older-image"),
    sql: (database, when) => {
      const path = join(folder, name, `${database}${when === "now" ? "" : `.${when}`}.sql`);
      return existsSync(path) ? readFileSync(path, "utf8") : undefined;
    },
  };
});

/** For the names of tests: whether the real tool wrote it. */
export function originOf(fixture: Fixture, database: DatabaseKind): string {
  const sql = fixture.sql(database, "now");
  if (sql === undefined) return "without a recording";
  return sql.startsWith("-- Not recorded") ? "in the tool's own DDL" : "as the tool wrote it";
}

export function fixtureOf(name: string): Fixture {
  const fixture = fixtures.find((one) => one.name === name);
  if (fixture === undefined) throw new Error(`no fixture has the name ${name}`);
  return fixture;
}

/** The history of a tool for the files in a folder. */
export function historyOf(tool: Tool, image: string, database: DatabaseKind): ToolHistory {
  return toolHistory({ tool, database, wanted: tool.files(readTree(image), database) });
}
