import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mysqlDialect, type MysqlDialect } from "../../../../src/migrations/sql/dialect.ts";
import { inspect } from "../../../../src/migrations/sql/guard.ts";

const reasonOf = (sql: string, modes: Partial<MysqlDialect> = {}) =>
  inspect(sql, { transaction: false, dialect: { ...mysqlDialect, ...modes } }).refused?.reason;

describe("refused in a migration for MySQL", () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ["# seaworthy: contract 2.0.0\nSELECT 1", /a directive begins with `--`/],
    ["BEGIN; SELECT 1", /BEGIN inside a migration/],
    ["START TRANSACTION", /START TRANSACTION inside/],
    ["SELECT 1; COMMIT;", /COMMIT inside/],
    ["ROLLBACK", /ROLLBACK inside/],
    ["SAVEPOINT a", /SAVEPOINT inside/],
    ["XA START 'a'", /XA inside/],
    ["SET autocommit = 0", /SET autocommit inside/],
    ["SET @a = 1, @@session.autocommit = 0", /SET autocommit inside/],
    ["SET TRANSACTION READ ONLY", /SET TRANSACTION has no effect/],
    ["LOCK TABLES a WRITE", /LOCK TABLES inside.*--skip-add-locks/],
    ["/*!40000 UNLOCK TABLES */", /UNLOCK TABLES inside/],
    ["FLUSH TABLES a WITH READ LOCK", /FLUSH TABLES with a lock/],
    ["USE other", /USE inside/],
    ["SOURCE other.sql", /SOURCE is a command of MySQL's client/],
    ["SELECT 1\\G", /\\G is a command/],
    ["INSERT INTO a VALUES (\\N)", /\\N is a command.*Write NULL/],
    ["LOAD DATA LOCAL INFILE 'a' INTO TABLE a", /LOAD DATA LOCAL/],
    ["CREATE PACKAGE p AS PROCEDURE a(); END", /DELIMITER/],
    ["SET @n = ROW_COUNT()", /ROW_COUNT\(\) inside a migration/],
    ["SELECT FOUND_ROWS ( )", /FOUND_ROWS\(\) inside a migration/],
    ["SELECT 'a", /the string that begins here with ' is never closed/],
    ["SELECT `a", /is never closed/],
    ["/*!50100 SELECT 1", /the comment that begins here/],
    ["/* SELECT 1", /the comment that begins here/],
    ["CREATE PROCEDURE p() BEGIN SELECT 1;", /the BEGIN that begins here is never closed/],
    ["SET NAMES latin1; INSERT INTO a VALUES ('é')", /read and sent as UTF-8/],
    ["SET NAMES utf8mb3; INSERT INTO a VALUES ('😀')", /read and sent as UTF-8/],
    [String.raw`SET sql_mode = 'NO_BACKSLASH_ESCAPES'; SELECT '\n'`, /a backslash in quotes/],
    [String.raw`SET sql_mode = @old; SELECT '\n'`, /a backslash in quotes/],
    [String.raw`SET @@SESSION.sql_mode = CONCAT(@@sql_mode, ',ANSI'); SELECT "\n"`, /a backslash in quotes/],
  ];
  for (const [sql, reason] of refused) test(sql, () => assert.match(reasonOf(sql) ?? "accepted", reason));
});

describe("allowed in a migration for MySQL", () => {
  const allowed = [
    "CREATE PROCEDURE p() BEGIN START TRANSACTION; COMMIT; END",
    "BEGIN NOT ATOMIC SELECT 1; END",
    "DELIMITER //\nCREATE PACKAGE p AS PROCEDURE a(); END//",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET @autocommit = 1",
    "SET FOREIGN_KEY_CHECKS = 0; DROP TABLE a; SET FOREIGN_KEY_CHECKS = 1",
    "SET NAMES latin1; SELECT 'a'",
    "SET NAMES utf8mb4; SELECT '😀'",
    "SET NAMES utf8; SELECT 'é'",
    String.raw`SET @old = @@sql_mode, sql_mode = 'NO_AUTO_VALUE_ON_ZERO'; SELECT '\n'; SET sql_mode = @old;`,
    String.raw`SELECT '\n'; SET sql_mode = 'ANSI';`,
    "FLUSH TABLES",
    "SELECT '\n# seaworthy: contract 2.0.0'",
    "# about seaworthy\nSELECT 1",
    "CREATE PROCEDURE p() BEGIN DELETE FROM a; SELECT ROW_COUNT(); END",
    "SELECT row_count FROM a WHERE b IN ('ROW_COUNT()')",
    "LOAD DATA INFILE 'a' INTO TABLE a",
    "CREATE TABLE `source` (a INT)",
  ];
  for (const sql of allowed) test(sql, () => assert.equal(reasonOf(sql), undefined));
});
