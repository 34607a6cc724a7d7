import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findTransactionControl, indexOfCharacter, placeOf, splitStatements } from "../../src/migrations/statements.ts";

describe("what would end the transaction of a migration is found", () => {
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
      const found = findTransactionControl(sql);
      assert.deepEqual([found?.word, `${found?.line}:${found?.column}`], [word, place]);
    });
  }

  for (const sql of [
    "START TRANSACTION;",
    "start\n transaction isolation level serializable",
    "PREPARE TRANSACTION 'x';",
  ]) {
    test(sql, () => assert.notEqual(findTransactionControl(sql), undefined));
  }
});

describe("what would not is left alone", () => {
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
    "SELECT 'never closed; COMMIT;",
    "/* never closed; COMMIT;",
    "SELECT 1e5, 0x1F, $1",
  ]) {
    test(sql || "nothing", () => assert.equal(findTransactionControl(sql), undefined));
  }

  // A seed may hold an image or a document: a regular expression would overflow its stack.
  for (const [name, open, close] of [
    ["a string", "'", "'"],
    ["a comment", "/*", "*/"],
    ["a name", '"', '"'],
    ["a dollar quote", "$$", "$$"],
  ] as const) {
    test(`in ${name} of 20 MB`, () => {
      const long = `${open}${"COMMIT; ".repeat(2.5e6)}${close}`;
      assert.equal(findTransactionControl(`SELECT ${long}`), undefined);
      assert.equal(findTransactionControl(`SELECT ${long}; COMMIT`)?.word, "COMMIT");
    });
  }
});

describe("a file is cut into its statements", () => {
  for (const [sql, statements] of [
    ["SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]],
    ["-- a\n;;SELECT 1 -- b\n;/* c */", ["SELECT 1"]],
    [
      "CREATE RULE r AS ON INSERT TO a DO (INSERT INTO b VALUES (1); DELETE FROM c;); SELECT 1",
      ["CREATE RULE r AS ON INSERT TO a DO (INSERT INTO b VALUES (1); DELETE FROM c;)", "SELECT 1"],
    ],
    ["SELECT ')('; SELECT ')' || $$($$; SELECT 3", ["SELECT ')('", "SELECT ')' || $$($$", "SELECT 3"]],
    ["SELECT 1); SELECT 2; SELECT (3); SELECT 4", ["SELECT 1)", "SELECT 2", "SELECT (3)", "SELECT 4"]],
    [
      "CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT (1); SELECT 2; END; SELECT 3",
      ["CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT (1); SELECT 2; END", "SELECT 3"],
    ],
  ] as const) {
    test(sql, () =>
      assert.deepEqual(
        splitStatements(sql).map((statement) => statement.sql),
        statements,
      ),
    );
  }
});

describe("places", () => {
  for (const [text, index, line, column] of [
    ["abc", 0, 1, 1],
    ["abc", 3, 1, 4],
    ["a\nbc", 2, 2, 1],
    ["a\r\nbc", 4, 2, 2],
    ["é日x", 2, 1, 3],
    ["🚢x", 2, 1, 2],
  ] as const) {
    test(`${JSON.stringify(text)} ${index}`, () => assert.deepEqual(placeOf(text, index), { line, column }));
  }

  test("Postgres counts code points, JavaScript halves of them", () => {
    const text = "a🚢é日🚢b";
    for (const [position, character] of [...text].entries()) {
      assert.equal(text.slice(indexOfCharacter(text, position + 1)).startsWith(character), true);
    }
    assert.equal(indexOfCharacter(text, 100), text.length);
  });
});
