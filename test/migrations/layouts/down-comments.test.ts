import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { upPartOf } from "../../../src/migrations/layouts/up-part.ts";
import { postgresDialect } from "../../../src/migrations/sql/dialect.ts";

const [up, down] = ["CREATE TABLE a ();", "DROP TABLE a;"];
const read = (source: string) => upPartOf("1_a.sql", source, postgresDialect);
const assertRuns = (source: string) => assert.equal(read(source).sql, source);
const assertRefused = (source: string, message: RegExp) =>
  assert.throws(() => read(source), { exitCode: 78, message }, source);

describe("a comment between statements that only says down is refused", () => {
  const markers = [
    ...["-- down", "--Down", "-- DOWN:", "--- down ---", "-- <down>", "-- #down", "-- $down", "-- (down)", "-- [DOWN]"],
    ...[
      "/* down */",
      "/** DOWN **/",
      "/* -- down -- */",
      "/*\n * Rollback\n */",
      "-- %down%",
      '-- "down"',
      "-- |down|",
    ],
    ...["-- rollback", "-- Roll back", "-- ROLL-BACK", "-- undo:", "-- revert", "-- reverse", "-- backward"],
    ...["-- Teardown", "-- tear down", "-- TEAR-DOWN", "-- uninstall", "-- un-install", "-- deinstall", "-- downgrade"],
    ...["-- drop", "-- DROP:", "-- destroy", "-- unapply", "-- unmigrate", "-- migrate down", "-- MigrateDown"],
    ...["-- downMigration", "-- DownSQL", "-- sql_down", "-- db:down", "-- @rollback", "-- +micrate Down"],
    ...[
      "-- Down script",
      "-- Teardown script",
      "-- uninstall section",
      "-- Drop section",
      "-- begin down",
      "-- DOWN STARTS HERE",
    ],
    ...["-- Undo upgrade", "-- rollback of the upgrade", "-- up above / down below", "-- name: down"],
    ...[
      "-- un-do",
      "-- Backout",
      "-- back out:",
      "-- Reversal",
      "-- Rollback (manual)",
      "-- rollback plan",
      "-- how to revert",
    ],
    ...["-- function down", "-- exports.down", "-- now down", "-- b) down", "-- II. Down", "-- end up / begin down"],
    "-- SQL in this section is executed when the migration is rolled back.",
  ];
  for (const marker of markers) {
    test(`${marker}: on its own line, and after a statement`, () => {
      const quoted = /"(?:--|\/\*).*" looks like a marker of a down part.*Keep only the up part here/;
      assertRefused(`${up}\n${marker}\n${down}`, quoted);
      assertRefused(`${up} ${marker}\n${down}`, quoted);
      assertRefused(`${up}\r\n\r\n  ${marker}\r\n${down}`, quoted);
      // Control: no statement follows.
      assertRuns(`${up}\n${marker}\n-- DROP TABLE a;\n`);
    });
  }

  const files: Readonly<Record<string, readonly [file: string, place: RegExp]>> = {
    "the reported one": ["CREATE TABLE a(); -- down\nDROP TABLE a;", /^1_a\.sql:1:19: "-- down" looks like/],
    "setup and teardown": [`-- setup\n${up}\n-- teardown\n${down}`, /^1_a\.sql:3:1: /],
    "set up and tear down": [`-- Set up\n${up}\n-- Tear down\n${down}`, /^1_a\.sql:3:1: /],
    "install and uninstall": [`/* install */\n${up}\n/* uninstall */\n${down}`, /^1_a\.sql:3:1: /],
    "teardown first": [`-- teardown\n${down}\n-- setup\n${up}`, /^1_a\.sql:1:1: /],
    "uninstall first": [`-- Uninstall\n${down}\n-- Install\n${up}`, /^1_a\.sql:1:1: /],
    "create and drop": [`-- create\n${up}\n-- drop\n${down}`, /^1_a\.sql:3:1: /],
    "labels after the statements": [`${up} -- up\n${down} -- down`, /^1_a\.sql:2:15: .*its statement would be run/],
    "the whole file": [`-- down\n${down}`, /^1_a\.sql:1:1: /],
    "the whole file, as a script": [`-- Rollback script\n${down}`, /^1_a\.sql:1:1: /],
    "between others in one line": [`${up} /* note */ /* down */ ${down}`, /^1_a\.sql:1:31: /],
    "below prose": [`${up}\n-- and back again:\n-- down\n${down}`, /^1_a\.sql:3:1: /],
    "after a function": [`CREATE FUNCTION f() RETURNS int RETURN 1;\n-- down\nDROP FUNCTION f;`, /^1_a\.sql:2:1: /],
    "after the body of a function": [
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END;\n-- down\nDROP FUNCTION f;",
      /^1_a\.sql:2:1: /,
    ],
    "after Drizzle's end of a statement": [
      `CREATE TABLE a ()\n--> statement-breakpoint\n-- down\n${down}`,
      /^1_a\.sql:3:1: /,
    ],
    "a dropped column": [
      "-- up\nALTER TABLE b ADD COLUMN down int;\n-- down\nALTER TABLE b DROP COLUMN down;",
      /^1_a\.sql:3:1: /,
    ],
    "a drop on the same line": [`${up}\nDROP TABLE down; -- down\n${down}`, /^1_a\.sql:2:18: /],
    "a lone SQL rollback": [`${up}\n-- ROLLBACK;\n${down}`, /^1_a\.sql:2:1: /],
  };
  for (const [title, [file, place]] of Object.entries(files)) test(title, () => assertRefused(file, place));

  test("no transaction, after a statement", () => {
    assertRefused(
      "CREATE INDEX CONCURRENTLY b ON a (id); -- no transaction",
      /^1_a\.sql:1:40: .*without a transaction/,
    );
  });
});

describe("a comment that only describes the file is accepted", () => {
  const headings = [
    ...[
      "-- Rollback migration 12",
      "-- Reverse",
      "-- Reverse the order of the columns",
      "-- Revert migration 0012_users",
    ],
    ...["-- Undo the change", "-- Roll back the schema change of this database", "-- Rollback: 12", "-- Uninstall"],
    ...["-- Drop", "-- Teardown", "/* Revert step 3 */", "-- ===== Rollback of 0012 =====", "-- Reverts the change"],
  ];
  for (const heading of headings) {
    test(`at the head of a file: ${heading}`, () => {
      assertRuns(`${heading}\n${down}`);
      assertRuns(`-- Copyright 2024 Example Ltd. All rights reserved.\n\n${heading}\n${up}\n${down}`);
    });
  }

  const comments = [
    ...[
      "-- DropTable",
      "-- DropForeignKey",
      "-- DropIndex",
      "-- drop tables",
      "-- Drop the old index",
      "-- drop schema",
    ],
    ...[
      "-- destroy sessions",
      "-- Uninstall the extension",
      "-- teardown of temporary tables",
      "-- setup",
      "-- Cleanup",
    ],
    ...[
      "-- up votes",
      "-- down votes",
      "-- up/down",
      "-- up/down votes of a post",
      "-- Up and down",
      "-- down/up ratio",
    ],
    ...["-- upvotes", "-- backward compatible view", "-- backwards-compatible default", "-- Reverse lookup of names"],
    ...[
      "-- top-down",
      "-- drop-down options",
      "-- thumbs up / thumbs down",
      "-- 1 = up, 2 = down",
      "-- Reverse proxy settings",
    ],
    ...[
      "-- Drop and create again",
      "-- drop, then create",
      "-- install date",
      "-- uninstall reason of apps",
      "-- drop function",
    ],
    "-- Name: down; Type: TABLE; Schema: public; Owner: postgres",
    "-- Name: rollback(integer); Type: FUNCTION; Schema: public; Owner: -",
    "-- Data for Name: undo; Type: TABLE DATA; Schema: public; Owner: -",
    "-- TOC entry 215 (class 1259 OID 16385)",
    "-- Dumped from database version 15.4",
    "-- DROP TABLE IF EXISTS a;",
    "-- ALTER TABLE a DROP COLUMN down;",
    "-- SELECT revert(1);",
    '-- THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED',
    '-- Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file',
    "-- If the deploy has to be reverted, run scripts/restore.sh by hand.",
    "-- Postgres cannot roll back a new enum value.",
    "-- This runs when a payment is rolled back.",
    "-- Not reversible: drop the column by hand to undo.",
    "-- The job that tears down old tenants reads this.",
    "-- down to two decimals",
    "-- Reverting needs a backup.",
    "-- rollback-safe",
    "-- see docs/rollback.md",
    "-- https://example.com/runbooks/rollback",
    "-- TODO: drop after 2.0",
    "-- Undo/redo history",
    "-- [ENG-12] undo send",
    "-- migrate users down to one row each",
    "/* Drops nothing that is in use. */",
  ];
  for (const comment of comments) {
    test(`anywhere: ${comment}`, () => {
      assertRuns(`${comment}\n${up}\n${comment}\n${down}\n${comment}\nSELECT 1;`);
      assertRuns(`${up} ${comment}\n${down} ${comment}\n`);
      // `-- Down drop the table` counts as a marker only after a line that only says "up".
      if (!/^-- down /i.test(comment)) assertRuns(`-- Up\n${up}\n${comment}\n${down}`);
    });
  }

  const files: Readonly<Record<string, string>> = {
    "sections of votes, with both in prose": `-- Counters for up/down votes.\n${up}\n-- up votes\nALTER TABLE b ADD x int;\n-- down votes\nALTER TABLE b ADD y int;`,
    "columns named after their statements":
      "ALTER TABLE b ADD COLUMN up int; -- up\nALTER TABLE b ADD COLUMN down int; -- down\nSELECT 1;",
    "columns in parentheses": "CREATE TABLE b (\n  up int, -- up\n  down int -- down\n);\nSELECT 1;",
    "the branches of a CASE": "SELECT CASE x\n-- up\nWHEN 1 THEN 2\n-- down\nWHEN -1 THEN 3\nEND FROM b;\nSELECT 1;",
    "CASE in an UPDATE":
      "UPDATE b SET x = CASE\n  -- rollback\n  WHEN y = 'rollback' THEN 1 END\n/* undo */\nWHERE z;\nSELECT 1;",
    "parts of an ALTER TABLE": "ALTER TABLE b\n-- up\nADD COLUMN x int,\n-- down\nDROP COLUMN y;\nSELECT 1;",
    "in an array": "SELECT ARRAY[\n-- up\n1,\n-- down\n-1];\nSELECT 1;",
    "before a UNION": "SELECT 1\n-- down\nUNION SELECT 2;\nSELECT 3;",
    "in the body of a function":
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC\nSELECT 1;\n-- undo\nSELECT 2;\nEND;\nSELECT 3;",
    "in a rule": "CREATE RULE r AS ON DELETE TO b DO INSTEAD (\nUPDATE b SET x = 1;\n-- undo\nSELECT 1;\n);\nSELECT 1;",
    "the name of a table": `${up}\n-- rollbacks\nCREATE TABLE rollbacks (id int);\n-- Undo\nCREATE INDEX undo ON b (x);`,
    "a commented-out transaction": `-- BEGIN;\n${up}\n-- ROLLBACK;\n-- COMMIT;\n${down}`,
    "a dump's heading": `${up}\n--\n-- Name: down; Type: TABLE; Schema: public; Owner: x\n--\n\nCREATE TABLE public.down (id int);`,
  };
  for (const [title, file] of Object.entries(files)) test(title, () => assertRuns(file));
});
