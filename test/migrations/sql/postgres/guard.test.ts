import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspectPostgres } from "../../../../src/migrations/sql/postgres/guard.ts";

const refusedIn = (sql: string, transaction = true) => inspectPostgres(sql, { transaction }).refused;

describe("a statement that would end the migration's transaction is found", () => {
  for (const [sql, word, place] of [
    ["COMMIT", "COMMIT", "1:1"],
    ["commit;", "COMMIT", "1:1"],
    ["SELECT 1;\n  COMMIT;", "COMMIT", "2:3"],
    ["SELECT 1;COMMIT", "COMMIT", "1:10"],
    ["-- a\n/* b */ BEGIN;", "BEGIN", "2:9"],
    ["BEGIN TRANSACTION;", "BEGIN", "1:1"],
    ["END;", "END", "1:1"],
    ["ABORT;", "ABORT", "1:1"],
    ["ROLLBACK;", "ROLLBACK", "1:1"],
    ["ROLLBACK AND CHAIN;", "ROLLBACK", "1:1"],
    ["COMMIT PREPARED 'x';", "COMMIT", "1:1"],
    ["SELECT 'é🚢'; COMMIT;", "COMMIT", "1:14"],
    ["SELECT $$;$$; COMMIT;", "COMMIT", "1:15"],
    ["SELECT 'it''s'; COMMIT;", "COMMIT", "1:17"],
    [String.raw`SELECT E'it\'s'; COMMIT;`, "COMMIT", "1:18"],
    [String.raw`SELECT 'a\'; COMMIT;`, "COMMIT", "1:14"],
    ['SELECT "a;b"; COMMIT;', "COMMIT", "1:15"],
    ["/* a /* b /* c */ */ */ COMMIT;", "COMMIT", "1:25"],
    ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END; COMMIT;", "COMMIT", "1:85"],
  ] as const) {
    test(sql, () => {
      const found = refusedIn(sql);
      assert.match(found?.reason ?? "", new RegExp(`^${word} inside a migration`));
      assert.equal(`${found?.line}:${found?.column}`, place);
    });
  }

  for (const sql of [
    "START TRANSACTION;",
    "start\n transaction isolation level serializable",
    "PREPARE TRANSACTION 'x';",
  ]) {
    test(sql, () => assert.match(refusedIn(sql)?.reason ?? "", /inside a migration/));
  }
});

describe("other statements are accepted", () => {
  for (const sql of [
    "",
    ";;;",
    "SELECT 1",
    "-- COMMIT;",
    "/* COMMIT; */",
    "/* a /* b /* c */ COMMIT; */ COMMIT; */ SELECT 1",
    "SELECT 'COMMIT;'",
    "SELECT '; COMMIT;'",
    "SELECT e'\\'; COMMIT;'",
    'SELECT 1 AS "; COMMIT;"',
    "DO $$ BEGIN COMMIT; END $$",
    "DO $body$ BEGIN $$;COMMIT;$$; END $body$",
    "DO $größe$ BEGIN; COMMIT; END $größe$",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END",
    "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$",
    "ALTER TABLE t ADD COLUMN commit int",
    "SELECT begin, commit, end_at FROM t",
    "ROLLBACK TO a; ROLLBACK WORK TO SAVEPOINT a",
    "SAVEPOINT a; RELEASE a",
    "SELECT a$b$c FROM t; SELECT d$b$e",
    "PREPARE x AS SELECT 1; EXECUTE x",
    "SELECT 1e5, 0x1F, $1",
  ]) {
    test(sql || "nothing", () => assert.equal(refusedIn(sql), undefined));
  }

  // A seed may contain an image or a document: it would overflow the stack of a regular expression.
  for (const [name, open, close] of [
    ["a string", "'", "'"],
    ["a comment", "/*", "*/"],
    ["a name", '"', '"'],
    ["a dollar quote", "$$", "$$"],
  ] as const) {
    test(`in ${name} of 20 MB`, () => {
      const long = `${open}${"COMMIT; ".repeat(2.5e6)}${close}`;
      assert.equal(refusedIn(`SELECT ${long}`), undefined);
      assert.equal(refusedIn(`SELECT ${long}; COMMIT`)?.column, long.length + 10);
    });
  }
});

describe("a hidden COMMIT that a guard by words alone would miss is found", () => {
  for (const sql of [
    "CREATE INDEX i ON t (begin, atomic); COMMIT",
    "CREATE FUNCTION f(begin atomic) RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMIT",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS case; END; END",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT begin atomic; END; COMMIT",
    "SELECT E'a'\n'\\''; COMMIT; --'",
    "SELECT E'a' -- b\n  '\\''; COMMIT; --'",
    "-- a\rCOMMIT",
    "PREPARE p AS SELECT $1a$b$; COMMIT; SELECT $b$ $b$",
    "SELECT 1end$b$; COMMIT; SELECT $b$ $b$",
    "ROLLBACK /* TO a */",
    "SELECT '\\'; COMMIT; --'",
  ])
    test(JSON.stringify(sql), () => assert.match(refusedIn(sql)?.reason ?? "", /^\w+ inside a migration/));
});

describe("commands of psql are refused by name", () => {
  for (const [sql, reason, place] of [
    ["\\connect shop\nSELECT 1", /^\\connect is a command of psql/, "1:1"],
    ["SELECT 1;\n\\i other.sql", /^\\i is a command of psql/, "2:1"],
    ["SELECT 1;\n\\restrict a1b2'c", /^\\restrict is a command of psql/, "2:1"],
    ["SELECT 1\n  \\gexec", /^\\gexec is/, "2:3"],
    ["COPY t (a, b) FROM stdin;\n1\tit's\n\\.\n", /^COPY … FROM STDIN reads rows that only psql sends/, "1:1"],
    ["SELECT 1;copy public.t from\nSTDIN with (format csv);\n", /^COPY … FROM STDIN/, "1:10"],
  ] as const)
    test(JSON.stringify(sql), () => {
      const found = refusedIn(sql);
      assert.match(found?.reason ?? "", reason);
      assert.equal(`${found?.line}:${found?.column}`, place);
    });

  for (const sql of ["SELECT '\\connect'", "COPY t FROM '/stdin'", "SELECT $$\\i$$", "-- \\i", "COPY t TO STDOUT"])
    test(`control: ${sql}`, () => assert.equal(refusedIn(sql), undefined));
});

describe("an unclosed quote, comment or parenthesis is refused at its opening", () => {
  for (const [sql, reason, place] of [
    ["SELECT 1;\n  SELECT 'a; SELECT 2;\n", "the string that begins here with '", "2:10"],
    ["SELECT E'a\\'", "the string that begins here with E'", "1:8"],
    ["SELECT U&'a", "the string that begins here with U&'", "1:8"],
    ["DO $$ BEGIN END $; SELECT 1", "the string that begins here with $$", "1:4"],
    ["DO $größe$ BEGIN END $groesse$;", "the string that begins here with $größe$", "1:4"],
    ["SELECT \"a'; SELECT 1", 'the quoted name that begins here with "', "1:8"],
    ["/* a /* b */ SELECT 1", "the comment that begins here with /*", "1:1"],
    ["CREATE TABLE a (b int;\nSELECT 1;", "the parenthesis that opens here", "1:16"],
    ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;", "the BEGIN ATOMIC that begins here", "1:33"],
  ] as const)
    test(JSON.stringify(sql), () => {
      const found = refusedIn(sql);
      assert.equal(found?.reason, `${reason} is never closed.`);
      assert.equal(`${found?.line}:${found?.column}`, place);
    });
});

describe("settings that would change the meaning of the file are refused", () => {
  for (const [sql, reason] of [
    ["SET standard_conforming_strings = off", /^standard_conforming_strings cannot be turned off/],
    ["set local \"standard_conforming_strings\" to 'Off'", /^standard_conforming_strings/],
    ["SET SESSION standard_conforming_strings TO false", /^standard_conforming_strings/],
    ["SET client_encoding = 'LATIN1'; SELECT 'é'", /^the file is read and sent as UTF-8/],
    ["SET NAMES 'win1252'; SELECT 'é'", /^the file is read and sent as UTF-8/],
    ["DISCARD ALL", /^DISCARD ALL inside a migration/],
  ] as const)
    test(sql, () => assert.match(refusedIn(sql)?.reason ?? "", reason));

  for (const sql of [
    "SET standard_conforming_strings = on",
    "SET client_encoding = 'UTF8'; SELECT 'é'",
    "SET NAMES utf8; SELECT 'é'",
    "SET client_encoding = 'LATIN1'; SELECT 'e'",
    "DISCARD PLANS",
    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
  ])
    test(`control: ${sql}`, () => assert.equal(refusedIn(sql), undefined));

  test("SET TRANSACTION in a no-transaction migration", () =>
    assert.match(
      refusedIn("SELECT 1; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", false)?.reason ?? "",
      /^SET TRANSACTION has no effect here/,
    ));
});
