import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sqliteDialect } from "../../../../src/migrations/sql/dialect.ts";
import { splitStatements } from "../../../../src/migrations/sql/statements.ts";

const split = (sql: string) => splitStatements(sql, sqliteDialect).map((statement) => statement.sql);

describe("SQLite's statements", () => {
  const wholes = [
    "SELECT ';'",
    'SELECT ";"',
    "SELECT `;`",
    "SELECT [;]",
    "SELECT [a'b;]",
    String.raw`SELECT '\'`,
    "SELECT 'it''s;'",
    "SELECT /* ; */ 1",
    "SELECT 1 --;\n+ 1",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET x = CASE WHEN 1 THEN 2 END; DELETE FROM b; END",
    "CREATE TEMP TRIGGER IF NOT EXISTS t AFTER INSERT ON a WHEN NEW.x BEGIN SELECT 1; END",
    "CREATE TABLE a (begin INT, end INT)",
  ];
  for (const sql of wholes) test(sql, () => assert.deepEqual(split(`${sql};SELECT 2;`), [sql, "SELECT 2"]));
});
