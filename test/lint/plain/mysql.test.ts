import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mysqlDialect } from "../../../src/migrations/sql/dialect.ts";
import { createPlainLinter } from "../../../src/lint/plain/lint-plain.ts";
import { lintText, rulesIn } from "./linting.ts";

/** A statement on tables in use, and the rules that find it. */
const found: readonly (readonly [sql: string, ...rules: readonly string[]])[] = [
  ["DROP TABLE IF EXISTS a, `b`", "drop-table", "drop-table"],
  ["CREATE OR REPLACE TABLE a (id INT)", "drop-table"],
  ["DROP VIEW v", "drop-view"],
  ["DROP TRIGGER IF EXISTS t", "drop-object"],
  ["DROP PROCEDURE p", "drop-object"],
  ["ALTER TABLE a DROP COLUMN b, DROP c, DROP COLUMN IF EXISTS d", "drop-column", "drop-column", "drop-column"],
  ["ALTER TABLE a DROP `index`", "drop-column"],
  ["ALTER ONLINE TABLE IF EXISTS shop.a WAIT 5 DROP b", "drop-column"],
  ["ALTER TABLE a DROP FOREIGN KEY f, DROP CONSTRAINT c", "drop-constraint", "drop-constraint"],
  ["ALTER TABLE a DROP PRIMARY KEY", "copy-table", "drop-constraint"],
  ["ALTER TABLE a DROP PRIMARY KEY, ADD PRIMARY KEY (b)", "drop-constraint"],
  ["RENAME TABLE a TO b", "rename-table"],
  ["ALTER TABLE a RENAME b", "rename-table"],
  ["ALTER TABLE a RENAME TO b", "rename-table"],
  ["ALTER TABLE a RENAME COLUMN b TO c", "rename-column"],
  ["ALTER TABLE a CHANGE b c INT", "rename-column", "change-column-type"],
  ["ALTER TABLE a CHANGE b B INT", "change-column-type"],
  ["ALTER TABLE a CHANGE b c INT, ALGORITHM=INSTANT", "rename-column"],
  ["ALTER TABLE a MODIFY COLUMN b VARCHAR(20)", "change-column-type"],
  ["ALTER TABLE a MODIFY b INT, ALGORITHM = COPY", "change-column-type", "copy-table"],
  ["ALTER TABLE a ADD b INT NOT NULL", "add-required-column"],
  [
    "ALTER TABLE a ADD COLUMN (b INT NOT NULL, c INT, d DECIMAL(10, 2) NOT NULL)",
    "add-required-column",
    "add-required-column",
  ],
  ["ALTER TABLE a ALTER COLUMN b DROP DEFAULT", "drop-default"],
  ["ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES c (id)", "copy-table"],
  ["ALTER TABLE a ADD CONSTRAINT CHECK (b > 0)", "copy-table"],
  ["ALTER TABLE a CONVERT TO CHARACTER SET utf8mb4", "copy-table"],
  ["ALTER TABLE a ADD COLUMN c INT AS (b * 2) STORED", "copy-table"],
  ["ALTER TABLE a ADD FULLTEXT INDEX f (b), ALGORITHM=INPLACE", "copy-table"],
  ["ALTER TABLE a ADD INDEX i (b), ALGORITHM=COPY", "copy-table"],
  ["ALTER TABLE a ADD INDEX i (b), LOCK=SHARED", "lock-table"],
  ["CREATE INDEX i ON a (b) ALGORITHM=COPY", "copy-table"],
  ["CREATE FULLTEXT INDEX i ON a (b)", "copy-table"],
  ["ALTER TABLE a PARTITION BY HASH (id) PARTITIONS 2", "copy-table"],
  ["ALTER TABLE a DROP PARTITION p0", "truncate"],
  ["TRUNCATE TABLE a", "truncate"],
  ["UPDATE a SET b = 1", "whole-table-write"],
  ["DELETE FROM a", "whole-table-write"],
  ["UPDATE a SET b = (SELECT max(c) FROM d WHERE d.id = 1)", "whole-table-write"],
  ["LOCK TABLES a WRITE, b READ", "lock-table"],
  ["REVOKE SELECT ON a FROM app", "revoke"],
  ["/*!50100 ALTER TABLE a DROP COLUMN b */", "drop-column"],
  ["/*M!100300 DROP TABLE a */", "drop-table"],
  ["# DROP TABLE z\nDROP TABLE a", "drop-table"],
  ["DELIMITER //\nDROP TABLE a//\nDELIMITER ;", "drop-table"],
  ["CREATE TABLE IF NOT EXISTS a (id INT); DROP TABLE a", "drop-table"],
  ["CREATE TABLE n LIKE a; RENAME TABLE a TO o, n TO a; DROP TABLE a", "drop-table"],
  ["BEGIN; UPDATE a SET b = 1 WHERE id = 1; ALTER TABLE a ADD c INT; COMMIT", "implicit-commit"],
  ["START TRANSACTION; CREATE TABLE x (id INT); INSERT INTO x VALUES (1); COMMIT", "implicit-commit"],
];

const fine: readonly string[] = [
  "ALTER TABLE a ADD COLUMN b INT, ADD c INT NOT NULL DEFAULT 0, ALGORITHM=INSTANT",
  "ALTER TABLE a ADD b INT NOT NULL AUTO_INCREMENT, ADD KEY (b), LOCK=NONE",
  "ALTER TABLE a ADD c INT AS (b * 2) VIRTUAL",
  "ALTER TABLE a ADD INDEX i (b), ADD UNIQUE KEY u (c)",
  "ALTER TABLE a MODIFY b BIGINT, ALGORITHM=INPLACE, LOCK=NONE",
  "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES c (id), ALGORITHM=INPLACE",
  "ALTER TABLE a ADD FULLTEXT f (b), LOCK=NONE",
  "ALTER TABLE a DROP INDEX i, DROP KEY k, RENAME INDEX j TO l",
  "ALTER TABLE a COMMENT = 'DROP COLUMN b, DROP TABLE c; ALGORITHM=COPY'",
  "CREATE TABLE n (id INT); ALTER TABLE n DROP COLUMN id; RENAME TABLE n TO m; DROP TABLE m",
  "CREATE TEMPORARY TABLE n (id INT); DROP TEMPORARY TABLE n",
  "CREATE TABLE a_new LIKE a; RENAME TABLE a TO a_old, a_new TO a; DROP TABLE a_old",
  "UPDATE a SET b = 1 WHERE id < 9",
  "UPDATE a SET b = 1 LIMIT 100",
  "UPDATE a JOIN c ON c.id = a.id SET a.b = 1",
  "INSERT INTO a VALUES ('; DROP TABLE a;')",
  "INSERT INTO a (b) VALUES (1) ON DUPLICATE KEY UPDATE b = 2",
  "CREATE PROCEDURE p() BEGIN DROP TABLE a; UPDATE a SET b = 1; END",
  "DELIMITER $$\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN DELETE FROM c; END$$\nDELIMITER ;",
  "BEGIN; ALTER TABLE a ADD c INT; COMMIT",
  "-- DROP TABLE a\nSELECT 1 -- DROP TABLE a",
  "GRANT SELECT ON a TO app",
];

describe("MySQL and MariaDB", () => {
  for (const [sql, ...rules] of found) test(`found: ${sql}`, () => assert.deepEqual(rulesIn("mysql", sql), rules));
  for (const sql of fine) test(`fine: ${sql}`, () => assert.deepEqual(rulesIn("mysql", sql), []));

  test("each finding has its own line and column, in characters", () => {
    const sql = "SELECT '😀';\n/* 😀 */ ALTER TABLE a\n  ADD b INT,\n  DROP COLUMN c;\nDROP TABLE d;";
    const places = lintText("mysql", sql).map(({ rule, line, column }) => [rule, line, column]);
    assert.deepEqual(places, [
      ["drop-column", 4, 3],
      ["drop-table", 5, 1],
    ]);
  });

  test("what one migration creates is not in use in the next", () => {
    const linter = createPlainLinter(mysqlDialect);
    const findings = linter([{ sql: "CREATE TABLE a (id INT)" }, { sql: "DROP TABLE a; DROP TABLE b" }]);
    assert.deepEqual(
      findings.map((ones) => ones.map(({ message }) => message)),
      [[], ["DROP TABLE removes b."]],
    );
  });

  test("what the database does not have is not in use", () => {
    const existing = { database: "shop", names: new Set(["shop.a", "audit.log"]) };
    const sql = "DROP TABLE IF EXISTS a; DROP TABLE IF EXISTS b; DROP TABLE audit.log; DROP TABLE IF EXISTS audit.a;";
    const [findings = []] = createPlainLinter(mysqlDialect, existing)([{ sql }]);
    assert.deepEqual(
      findings.map(({ message }) => message),
      ["DROP TABLE removes a.", "DROP TABLE removes audit.log."],
    );
  });
});
