import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { postgresDialect } from "../../../src/migrations/sql/dialect.ts";
import { indexOfCharacter, placeOf } from "../../../src/migrations/sql/place.ts";
import { splitStatements } from "../../../src/migrations/sql/statements.ts";

describe("a file is split into its statements", () => {
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
        splitStatements(sql, postgresDialect).map((statement) => statement.sql),
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

  test("Postgres counts code points, JavaScript UTF-16 units", () => {
    const text = "a🚢é日🚢b";
    for (const [position, character] of [...text].entries()) {
      assert.equal(text.slice(indexOfCharacter(text, position + 1)).startsWith(character), true);
    }
    assert.equal(indexOfCharacter(text, 100), text.length);
  });
});
