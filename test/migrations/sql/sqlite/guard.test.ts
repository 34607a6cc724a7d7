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
    "PRAGMA page_size = 8192; VACUUM",
    "PRAGMA auto_vacuum(full); VACUUM",
  ])
    test(sql, () => {
      const { loner } = inspectSqlite(sql, { transaction: true });
      assert.match(loner?.reason ?? "", /SQLite (?:refuses|ignores) .* in a transaction\..*no-transaction/);
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

describe("a PRAGMA without an effect", () => {
  for (const [sql, reason] of [
    [
      "PRAGMA foreign_key = ON",
      /^SQLite has no PRAGMA foreign_key, and would ignore it\. Did you mean foreign_keys\?$/,
    ],
    ["PRAGMA main.nothing_like_it", /SQLite has no PRAGMA nothing_like_it, .*\. Remove it\.$/],
    ["PRAGMA encoding = 'UTF-16'", /SQLite ignores PRAGMA encoding in a database that has tables/],
    ["PRAGMA page_size = 5000; VACUUM", /PRAGMA page_size must be one of 512, /],
    ["PRAGMA auto_vacuum = yes; VACUUM", /PRAGMA auto_vacuum must be one of 0, none/],
    ["PRAGMA journal_mode = wall", /PRAGMA journal_mode must be one of delete, /],
    ["VACUUM; PRAGMA page_size = 8192", /PRAGMA page_size has no effect until a VACUUM\. Write `VACUUM;` after it/],
    ["PRAGMA auto_vacuum = 1; VACUUM INTO 'copy'", /PRAGMA auto_vacuum has no effect until a VACUUM/],
  ] as const)
    test(sql, () => assert.match(inspectSqlite(sql, { transaction: false }).refused?.reason ?? "", reason));

  for (const sql of [
    "PRAGMA encoding; PRAGMA page_size; PRAGMA auto_vacuum",
    "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; VACUUM",
    "PRAGMA journal_mode = 'WAL'",
  ])
    test(`not ${sql}`, () => assert.deepEqual(inspectSqlite(sql, { transaction: false }), {}));
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
