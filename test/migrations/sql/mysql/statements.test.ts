import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mysqlDialect, type MysqlDialect } from "../../../../src/migrations/sql/dialect.ts";
import { hashOfStatement, splitStatements } from "../../../../src/migrations/sql/statements.ts";

const split = (sql: string, modes: Partial<MysqlDialect> = {}) =>
  splitStatements(sql, { ...mysqlDialect, ...modes }).map((statement) => statement.sql);
const two = ["SELECT 1", "SELECT 2"];

describe("MySQL's statements end at a semicolon", () => {
  const wholes: readonly (readonly [string, string])[] = [
    ["in a string", "SELECT ';'"],
    ["in a string of double quotes", 'SELECT ";"'],
    ["in a name in backticks", "SELECT `;`"],
    ["after an escaped quote", String.raw`SELECT 'it\'s;'`],
    ["after an escaped backslash", String.raw`SELECT '\\', ';'`],
    ["after a doubled quote", "SELECT 'it''s;'"],
    ["in a comment to the end of the line", "SELECT 1 # ;\n"],
    ["in a comment of dashes", "SELECT 1 -- ;\n+ 1"],
    ["in a comment of dashes before a tab", "SELECT 1 --\t;\n+ 1"],
    ["in a block comment", "SELECT /* ; */ 1"],
    ["in a comment that the server runs", "/*!50100 SELECT ';' ; */"],
    ["in a comment that MariaDB runs", "/*M!100100 SELECT 1 ; */"],
    ["in a comment inside such a comment", "/*! SELECT /* ; */ 1 */"],
  ];
  for (const [name, sql] of wholes) {
    test(`but not ${name}`, () => {
      const [one, second] = split(`${sql};SELECT 2`);
      assert.equal(second, "SELECT 2");
      assert.equal(one?.includes(";"), sql.replace(/(?:--\s|#).*\n?$/, "").includes(";"));
    });
  }
  test("and so does a semicolon after two minus signs", () =>
    assert.deepEqual(split("SELECT 1--1;SELECT 2"), ["SELECT 1--1", "SELECT 2"]));
  test("a block comment does not nest", () => assert.deepEqual(split("/* /* */ SELECT 1; /* */ SELECT 2"), two));
  test("empty statements do not count", () => assert.deepEqual(split(";; SELECT 1;; # nothing\n; SELECT 2;"), two));
  test("dollars do not quote", () => assert.deepEqual(split("SELECT $$;SELECT 2"), ["SELECT $$", "SELECT 2"]));
  test("MariaDB's line for its client is a comment", () =>
    assert.deepEqual(split("/*M!999999\\- enable the sandbox mode */ \nSELECT 1; SELECT 2"), two));
});

describe("sql_mode decides the meaning of backslashes and double quotes", () => {
  test("NO_BACKSLASH_ESCAPES", () =>
    assert.deepEqual(split(String.raw`SELECT '\';SELECT 2`, { backslashEscapes: false }), [
      String.raw`SELECT '\'`,
      "SELECT 2",
    ]));
  test("control: by default a backslash escapes", () =>
    assert.equal(split(String.raw`SELECT '\';SELECT 2'`).length, 1));
  test("ANSI_QUOTES: a backslash in a name", () =>
    assert.deepEqual(split(String.raw`SELECT "\";SELECT 2`, { ansiQuotes: true }), [
      String.raw`SELECT "\"`,
      "SELECT 2",
    ]));
  test("control: by default that is a string", () => assert.equal(split(String.raw`SELECT "\";SELECT 2"`).length, 1));
});

describe("DELIMITER", () => {
  const body = "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END";
  for (const mark of ["//", "$$", ";;", "|", "GO"]) {
    test(`ends a stored program at ${mark}`, () =>
      assert.deepEqual(split(`DELIMITER ${mark}\n${body}${mark === "GO" ? " " : ""}${mark}\nDELIMITER ;\nSELECT 1;`), [
        body,
        "SELECT 1",
      ]));
  }
  test("may be in quotes, and in lower case", () =>
    assert.deepEqual(split(`delimiter '//'\n${body} //\ndelimiter ;\nSELECT 1`), [body, "SELECT 1"]));
  test("other statements still end at a semicolon", () =>
    assert.deepEqual(split(`DELIMITER //\nDROP PROCEDURE IF EXISTS p; ${body}//`), [
      "DROP PROCEDURE IF EXISTS p",
      body,
    ]));
  test("is a name elsewhere", () =>
    assert.deepEqual(split("SELECT delimiter FROM t;SELECT 2"), ["SELECT delimiter FROM t", "SELECT 2"]));
  test("a dump's trigger in comments is one statement", () => {
    const trigger =
      "/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.x = 1; END */";
    assert.deepEqual(split(`DELIMITER ;;\n${trigger};;\nDELIMITER ;\nSELECT 1`), [trigger, "SELECT 1"]);
  });
});

describe("without DELIMITER, a stored program ends where its body ends", () => {
  const programs = [
    "CREATE PROCEDURE p() SELECT 1",
    "CREATE PROCEDURE p(IN a VARCHAR(20), OUT b INT) BEGIN END",
    "CREATE DEFINER=`a`@`%` PROCEDURE p() SQL SECURITY INVOKER COMMENT 'BEGIN' BEGIN SELECT 1; END",
    "CREATE DEFINER = CURRENT_USER() PROCEDURE p() BEGIN SELECT 1; END",
    "CREATE OR REPLACE PROCEDURE IF NOT EXISTS p() BEGIN SELECT 1; END",
    "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN IF(1, 2, 3)",
    "CREATE FUNCTION f(a SET('x')) RETURNS SET('x') CHARACTER SET utf8mb4 RETURN CASE a WHEN 'x' THEN 'x' ELSE NULL END",
    "CREATE AGGREGATE FUNCTION f RETURNS STRING SONAME 'f.so'",
    "CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; ELSEIF b THEN SELECT IF(1,2,3); ELSE SELECT 3; END IF; END",
    "CREATE PROCEDURE p() IF a THEN SELECT 1; ELSE SELECT 2; END IF",
    "CREATE PROCEDURE p() BEGIN CASE a WHEN 1 THEN SELECT 1; ELSE BEGIN END; END CASE; SELECT CASE WHEN 1 THEN CASE 2 WHEN 2 THEN 3 END ELSE 4 END; END",
    "CREATE PROCEDURE p() BEGIN IF CASE WHEN 1 THEN 2 END THEN SELECT 1; END IF; END",
    "CREATE PROCEDURE p() outer_loop: LOOP inner_loop: WHILE a DO SET a = a - 1; END WHILE inner_loop; LEAVE outer_loop; END LOOP outer_loop",
    "CREATE PROCEDURE p() BEGIN REPEAT SET a = a - 1; UNTIL a = 0 END REPEAT; SELECT REPEAT('a', 3); END",
    "CREATE PROCEDURE p() BEGIN FOR i IN 1..3 DO SELECT i; END FOR; END",
    "CREATE PROCEDURE p() BEGIN DECLARE a INT DEFAULT 0; DECLARE c CURSOR FOR SELECT CASE WHEN 1 THEN 2 END; DECLARE CONTINUE HANDLER FOR NOT FOUND SET a = 1; DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLSTATE '23000' BEGIN ROLLBACK; RESIGNAL; END; DO SLEEP(0); END",
    "CREATE PROCEDURE p() BEGIN DECLARE EXIT HANDLER FOR SQLWARNING IF a THEN SELECT 1; END IF; SELECT 2; END",
    "CREATE PROCEDURE p() BEGIN SET @a := IF(1, 2, 3); SELECT 1; END",
    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.x = 1",
    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW FOLLOWS u BEGIN SET NEW.x = 1; SET NEW.y = 2; END",
    "CREATE TRIGGER t AFTER UPDATE ON a FOR EACH ROW IF NEW.x THEN SET @y = 1; END IF",
    "CREATE EVENT e ON SCHEDULE EVERY 1 HOUR STARTS '2026-01-01' + INTERVAL 1 DAY DO BEGIN DELETE FROM a; DELETE FROM b; END",
    "CREATE EVENT e ON SCHEDULE EVERY 1 HOUR DO DELETE FROM a",
    "ALTER EVENT e DO BEGIN DELETE FROM a; DELETE FROM b; END",
    "BEGIN NOT ATOMIC SELECT 1; SELECT 2; END",
    "CREATE TABLE `trigger` (begin INT, end INT)",
    "CREATE VIEW v AS SELECT CASE WHEN 1 THEN 2 END",
    "CREATE DEFINER=a@event VIEW v AS SELECT 1",
    "CREATE TABLE event (a INT)",
  ];
  for (const program of programs)
    test(program, () => assert.deepEqual(split(`${program};SELECT 2;`), [program, "SELECT 2"]));
});

test("the leading words are read through comments that the server runs", () => {
  assert.deepEqual(splitStatements("/*!40101 SET NAMES utf8 */;", mysqlDialect)[0]?.words, ["SET", "NAMES", "utf8"]);
});

test("a hash ignores white space and comments, but not the version in a comment that the server runs", () => {
  const hash = (sql: string) => hashOfStatement({ sql }, mysqlDialect);
  assert.equal(hash("select  1 # one"), hash("SELECT /* one */ 1"));
  assert.notEqual(hash("/*!50100 SELECT 1 */"), hash("/*!80000 SELECT 1 */"));
  assert.notEqual(hash("SELECT 'a'"), hash("SELECT 'A'"));
});
