import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { tools } from "../../../src/histories/tools/all.ts";
import { readTree } from "../../../src/histories/tools/files/file-tree.ts";
import { toolHistory } from "../../../src/histories/tools/table/tool-history.ts";
import type { ToolState } from "../../../src/kernel/tool-state.ts";
import type { DatabaseKind, Tool } from "../../../src/histories/tools/tool.ts";
import { openSqlite } from "../../../src/platform/drivers/sqlite/reader.ts";
import { scratchPath } from "../../harness/scratch.ts";

// For the rules of single tools, on SQLite. postgres.test.ts, mysql.test.ts and sqlite.test.ts compare the databases.

export function toolOf(name: string): Tool {
  const tool = tools.find((one) => one.name === name);
  assert.ok(tool);
  return tool;
}

/** Writes the files of an image. Default: into a new folder. */
export function write(files: Readonly<Record<string, string>>, image = join(scratchPath("tool"), "image")): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(image, name)), { recursive: true });
    writeFileSync(join(image, name), text);
  }
  return image;
}

export function wantedOf(tool: string, image: string, database: DatabaseKind = "sqlite"): readonly string[] {
  return toolOf(tool)
    .files(readTree(image), database)
    .map(({ name }) => name);
}

export async function look(name: string, image: string, sql: string, times = 1): Promise<ToolState> {
  const path = scratchPath("app.db");
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
  const tool = toolOf(name);
  const session = await openSqlite(`sqlite:${path}`);
  try {
    const history = toolHistory({ tool, database: "sqlite", wanted: tool.files(readTree(image), "sqlite") });
    for (let look = 1; look < times; look++) await history.read(session);
    return await history.read(session);
  } finally {
    await session.close();
  }
}

export async function missing(name: string, image: string, sql: string): Promise<readonly string[]> {
  return (await look(name, image, sql)).missing;
}
