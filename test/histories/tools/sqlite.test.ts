import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { openSqlite } from "../../../src/platform/drivers/sqlite/reader.ts";
import { fixtures, originOf } from "./fixtures.ts";
import { checkHistory } from "./scenarios.ts";

const folder = mkdtempSync(join(tmpdir(), "seaworthy-histories-"));
const path = join(folder, "app.db");

after(() => rmSync(folder, { recursive: true }));

for (const fixture of fixtures.filter(({ tool }) => tool.tables.sqlite !== undefined)) {
  test(`${fixture.name} on SQLite, ${originOf(fixture, "sqlite")}`, async () => {
    const run = (sql: string) => {
      const database = new DatabaseSync(path);
      database.exec(sql);
      database.close();
    };
    run("CREATE TABLE IF NOT EXISTS unrelated (id)");
    const session = await openSqlite(`sqlite:${path}`);
    try {
      await checkHistory(fixture, {
        kind: "sqlite",
        session,
        clear: async () => {
          const tables = await session.query(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
          );
          run(tables.map(({ name }) => `DROP TABLE "${String(name)}"`).join("; "));
        },
        load: async (_, when) => {
          const sql = fixture.sql("sqlite", when);
          if (sql !== undefined) run(`PRAGMA foreign_keys = off; ${sql}`);
          return sql !== undefined;
        },
      });
    } finally {
      await session.close();
    }
  });
}
