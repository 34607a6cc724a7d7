import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { openSqlite } from "../../../src/platform/drivers/sqlite/reader.ts";
import { createDatabase, type TestDatabase } from "../../harness/database.ts";
import { carryOver } from "./carry.ts";
import { fixtures } from "./fixtures.ts";
import { checkHistory } from "./scenarios.ts";

const folder = mkdtempSync(join(tmpdir(), "seaworthy-histories-"));
const path = join(folder, "app.db");
let postgres: TestDatabase;

before(async () => {
  postgres = await createDatabase();
});

after(async () => {
  await postgres?.drop();
  rmSync(folder, { recursive: true });
});

for (const fixture of fixtures.filter(({ tool }) => tool.tables.sqlite !== undefined)) {
  const how = fixture.sql("sqlite", "now") === undefined ? "with the rows of Postgres" : "as it wrote it";
  test(`${fixture.name} on SQLite, ${how}`, async () => {
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
          await postgres.query(
            "DROP SCHEMA IF EXISTS drizzle, sqitch, atlas_schema_revisions, graphile_migrate CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public",
          );
          const sql = fixture.sql("sqlite", when) ?? (await carryOver(postgres, fixture, "sqlite", when));
          if (sql !== undefined) run(`PRAGMA foreign_keys = off; ${sql}`);
          return sql !== undefined;
        },
      });
    } finally {
      await session.close();
    }
  });
}
