import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { sqliteDialect } from "../../../src/migrations/sql/dialect.ts";
import { readStatements } from "../../../src/migrations/sql/statements.ts";
import { lintText, rulesIn } from "./linting.ts";

const shop = `CREATE TABLE a (id INTEGER PRIMARY KEY, b INT, c INT); CREATE TABLE d (id INT);
  CREATE VIEW v AS SELECT id FROM a; CREATE TRIGGER t AFTER INSERT ON d BEGIN SELECT 1; END;`;
const rebuild = "CREATE TABLE a_new (id INTEGER PRIMARY KEY, b INT NOT NULL); INSERT INTO a_new SELECT id, 1 FROM a;";

/** Each runs on a real SQLite. */
const found: readonly (readonly [sql: string, ...rules: readonly string[]])[] = [
  ["DROP VIEW v; DROP TABLE a", "drop-view", "drop-table"],
  ["DROP VIEW v", "drop-view"],
  ["DROP TRIGGER t", "drop-object"],
  ["ALTER TABLE a DROP COLUMN b", "drop-column"],
  ['ALTER TABLE [a] DROP "c"', "drop-column"],
  ["ALTER TABLE a RENAME COLUMN b TO e", "rename-column"],
  ["ALTER TABLE a RENAME b TO e", "rename-column"],
  ["ALTER TABLE d RENAME TO e", "rename-table"],
  ["ALTER TABLE a ADD COLUMN e INT NOT NULL", "add-required-column"],
  ["ALTER TABLE a ADD e INT NOT NULL DEFAULT NULL", "add-required-column"],
  ["ALTER TABLE a ALTER COLUMN b SET NOT NULL", "set-not-null"],
  ["ALTER TABLE a ADD CONSTRAINT k CHECK (b > 0); ALTER TABLE a DROP CONSTRAINT k", "drop-constraint"],
  [`DROP VIEW v; ${rebuild} DROP TABLE a; ALTER TABLE a_new RENAME TO a`, "drop-view", "rewrite-table"],
  ["ALTER TABLE d RENAME TO d_old; CREATE TABLE d (id INT); DROP TABLE d_old", "rewrite-table"],
  ["DROP TABLE d; CREATE TABLE d (id INT, e INT); ALTER TABLE d DROP COLUMN e", "rewrite-table", "drop-column"],
  ["UPDATE OR IGNORE a SET b = 1", "whole-table-write"],
  ["DELETE FROM a", "whole-table-write"],
  ["VACUUM", "rewrite-table"],
];

const fine: readonly string[] = [
  "ALTER TABLE a ADD COLUMN e INT; ALTER TABLE a ADD f INT DEFAULT 3 NOT NULL; ALTER TABLE a ADD g INT NOT NULL AS (1)",
  "CREATE TABLE n (id INT, e INT); ALTER TABLE n DROP COLUMN e; DELETE FROM n; DROP TABLE n",
  "DROP VIEW v; CREATE VIEW v AS SELECT id, b FROM a",
  "DROP TRIGGER t; CREATE TRIGGER t AFTER INSERT ON d BEGIN DELETE FROM a; END",
  "INSERT INTO a VALUES (7, 1, 1) ON CONFLICT DO UPDATE SET b = 2",
  "DELETE FROM a WHERE id = 1",
];

function runs(sql: string): void {
  const database = new DatabaseSync(":memory:");
  try {
    database.exec(shop);
    for (const statement of readStatements(sql, sqliteDialect)) database.exec(statement.sql);
  } finally {
    database.close();
  }
}

describe("SQLite", () => {
  for (const [sql, ...rules] of found)
    test(`found: ${sql}`, () => {
      runs(sql);
      assert.deepEqual(rulesIn("sqlite", sql).toSorted(), rules.toSorted());
    });
  for (const sql of fine)
    test(`fine: ${sql}`, () => {
      runs(sql);
      assert.deepEqual(rulesIn("sqlite", sql), []);
    });

  test("without a transaction, a view is gone until it is created again", () => {
    assert.deepEqual(rulesIn("sqlite", "DROP VIEW v; CREATE VIEW v AS SELECT 1", false), ["drop-view"]);
  });

  test("SQLite refuses a required column if there are rows, as the finding says", () => {
    const database = new DatabaseSync(":memory:");
    database.exec(`${shop} INSERT INTO a VALUES (1, 1, 1)`);
    const sql = "ALTER TABLE a ADD COLUMN e INT NOT NULL";
    assert.throws(() => database.exec(sql), /NOT NULL/);
    assert.match(lintText("sqlite", sql)[0]?.message ?? "", /SQLite refuses it if the table has rows/);
    database.close();
  });
});
