import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findError } from "../../../../src/migrations/sql/sqlite/error-place.ts";
import { inspectSqlite } from "../../../../src/migrations/sql/sqlite/guard.ts";
import { findParameters } from "../../../../src/migrations/sql/sqlite/parameters.ts";

describe("what a migration on SQLite must not contain", () => {
  for (const [sql, place, reason] of [
    ["BEGIN", "1:1", /BEGIN inside/],
    ["SELECT 1;\n commit", "2:2", /COMMIT inside/],
    ["ROLLBACK TRANSACTION", "1:1", /ROLLBACK inside/],
    ["/* a */ ATTACH 'b' AS b", "1:9", /ATTACH inside/],
    ["DETACH b", "1:1", /DETACH inside/],
  ] as const)
    test(sql, () => {
      const { refused } = inspectSqlite(sql, { transaction: false });
      assert.equal(`${refused?.line}:${refused?.column}`, place);
      assert.match(refused?.reason ?? "", reason);
    });

  for (const sql of [
    "SAVEPOINT a; ROLLBACK TO a; ROLLBACK TRANSACTION TO a; RELEASE a",
    "CREATE TABLE begin_ (commit_ TEXT DEFAULT 'BEGIN'); -- COMMIT",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
  ])
    test(`not ${sql}`, () => assert.deepEqual(inspectSqlite(sql, { transaction: true }), {}));
});

describe("what SQLite refuses in a transaction", () => {
  for (const sql of [
    "VACUUM",
    "vacuum main INTO 'b'",
    "PRAGMA journal_mode = WAL",
    'pragma main."journal_mode"(wal)',
    "PRAGMA /* a */ synchronous=off",
    "PRAGMA wal_checkpoint",
  ])
    test(sql, () => {
      const { loner } = inspectSqlite(sql, { transaction: true });
      assert.match(loner?.reason ?? "", /SQLite refuses .* in a transaction\..*no-transaction/);
      assert.equal(inspectSqlite(sql, { transaction: false }).loner, undefined);
    });

  for (const sql of [
    "PRAGMA journal_mode",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA user_version = 3",
    "REINDEX",
    "ANALYZE",
  ])
    test(`not ${sql}`, () => assert.deepEqual(inspectSqlite(sql, { transaction: true }), {}));
});

describe("the parameters of a statement", () => {
  for (const [sql, expected] of [
    ["SELECT $1, $12, $1", ["$1", "$12", "$1"]],
    ["SELECT '$1', \"$2\", [$3], `$4` -- $5", []],
    ["SELECT ?, ?1, :name, @name, $a::b", ["?", "?1", ":name", "@name", "$a::b"]],
    ["SELECT a->>'$.b', a$1", []],
  ] as const)
    test(sql, () => assert.deepEqual([...findParameters(sql)], expected));
});

describe("the place of an error in a statement", () => {
  for (const [sql, message, expected] of [
    ["CREATE TABEL a (id)", 'near "TABEL": syntax error', 7],
    ["SELECT a, b FROM c", "no such column: b", 10],
    ["SELECT x.b FROM x", "no such column: x.b", 9],
    ["INSERT INTO main.gone VALUES (1)", "no such table: main.gone", 17],
    ["SELECT [Gone] FROM a", "no such column: Gone", 7],
    ["SELECT gone, gone FROM a", "no such column: gone", 0],
    ["SELECT '(', ( FROM a", 'near "(": syntax error', 12],
    ["SELECT nope(1)", "no such function: nope", 7],
    ["CREATE TABLE a (b", "incomplete input", 17],
    ["INSERT INTO a VALUES (1)", "UNIQUE constraint failed: a.b", 0],
  ] as const)
    test(`${message} in ${sql}`, () => assert.equal(findError(sql, message), expected));
});
