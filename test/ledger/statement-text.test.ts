import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { excerptOf, isSchemaChange } from "../../src/ledger/statement-text.ts";

describe("excerptOf", () => {
  for (const [title, sql, engine, expected] of [
    ["a string", "UPDATE a SET b = 'it''s secret', c = 12.5", "postgres", "UPDATE a SET b = ?, c = ?"],
    ["a string that is cut", "UPDATE a SET b = 'secr", "postgres", "UPDATE a SET b = ?"],
    ["a string with a backslash", String.raw`UPDATE a SET b = E'it\'s secret'`, "postgres", "UPDATE a SET b = ?"],
    [
      "a string that ends with one",
      String.raw`UPDATE a SET b = 'c:\', d = 'secret'`,
      "postgres",
      "UPDATE a SET b = ?, d = ?",
    ],
    ["dollar quotes", "DO $body$ BEGIN PERFORM 'secret'; END $body$", "postgres", "DO ?"],
    ["dollar quotes that are cut", "DO $$ BEGIN PERFORM 'secret'", "postgres", "DO ?"],
    ["comments", "/* secret */ ALTER -- secret\n TABLE a ADD b int", "postgres", "ALTER TABLE a ADD b int"],
    ["a quoted name", 'ALTER TABLE "Orders" ADD b int', "postgres", 'ALTER TABLE "Orders" ADD b int'],
    ["MySQL's double quotes", 'UPDATE a SET b = "secret"', "mysql", "UPDATE a SET b = ?"],
    ["MySQL's backslash", String.raw`UPDATE a SET b = 'it\'s secret'`, "mysql", "UPDATE a SET b = ?"],
    ["MySQL's comment", "ALTER TABLE a # secret\n ADD b int", "mysql", "ALTER TABLE a ADD b int"],
  ] as const)
    test(title, () => assert.equal(excerptOf(sql, engine), expected));

  test("has an end", () => assert.equal(excerptOf(`SELECT ${"a, ".repeat(1000)}b`, "postgres").length, 100));
});

describe("isSchemaChange", () => {
  for (const sql of [
    "ALTER TABLE a ADD b int",
    "  create index concurrently on a (b)",
    "/* django */ DROP TABLE a",
    "BEGIN; SET lock_timeout = 1; ALTER TABLE a ADD b int",
    "TRUNCATE a",
    "DO $$ BEGIN END $$",
  ])
    test(sql, () => assert.equal(isSchemaChange(sql, "postgres"), true));
  for (const sql of [
    "SELECT 1",
    "INSERT INTO log VALUES ('; DROP TABLE a')",
    "UPDATE a SET b = 'x' -- ; ALTER TABLE a",
    "CREATE TEMP TABLE a AS SELECT 1",
    "CREATE LOCAL TEMPORARY TABLE a ()",
    "SELECT altered, created FROM drops",
    "VACUUM a",
    "REFRESH MATERIALIZED VIEW a",
  ])
    test(`not ${sql}`, () => assert.equal(isSchemaChange(sql, "postgres"), false));
});
