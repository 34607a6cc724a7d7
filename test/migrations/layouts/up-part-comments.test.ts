import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { down, read, statementsOf, up } from "./read-up-part.ts";

describe("comments that only contain such words are accepted", () => {
  const innocent = [
    "-- roll back of the old prices",
    "-- tear down the index first",
    "-- scale down the plan",
    "-- slow down",
    "-- count down",
    "-- drill down by month",
    "-- down payment",
    "-- the down payment of an order",
    "-- step down, then up again",
    "-- downs syndrome registry",
    "-- undo the damage of 0012",
    "-- undo_log",
    "-- rollback segments",
    "-- rollback is not possible",
    "-- Rollback: DROP TABLE a;",
    "-- to roll back, restore the backup",
    "-- no down migration",
    "-- down migration is not possible, as data is lost",
    "-- Down migrations are not supported",
    "-- revert status to draft",
    "-- reverts commit 1234abc",
    "-- reverse lookup",
    "-- backwards compatible",
    "-- this is a one-way migration: there is no way down",
    "-- up to date",
    "-- up and running",
    "-- Up",
    "-- the servers are down",
    "-- shut down",
    "-- break down",
    "-- Downtown",
    "-- goose bumps",
    "-- migrate: add the users",
    "-- rollout",
    "-- update",
    "-- upsert",
    "-- set up",
    "-- undo history of a document",
    "-- UPDATE a SET down = true",
    "-- see https://example.com/migrate:down",
    "-- a property of this table",
    "-- include the deleted",
    "-- changeset table",
    "-- a comment about liquibase",
    "/* tear it down */",
    "/*\n-- DOWN\nDROP TABLE a;\n*/",
    "/* Down:\n   DROP TABLE a; */",
    "SELECT 1; -- tear it down",
    "SELECT 1; /* tear it down */",
    "SELECT /* down */ 1;",
    "-- name: downloads",
    "SELECT '\n-- down\n';",
    "DO $$ BEGIN\n-- rollback\nPERFORM 1; END $$;",
    "SELECT '{}'::json\n#>> '{down}';",
    "SELECT 'migrate:down', '+goose Down';",
  ];
  for (const comment of innocent) {
    test(comment, () => {
      const file = `CREATE TABLE b ();\n${comment}\n${down}`;
      assert.equal(read(file).sql, file);
    });
  }

  test("a comment in parentheses divides nothing", () => {
    for (const file of [
      "CREATE TABLE speed (\n  -- up\n  up int,\n  -- down\n  down int\n);",
      "CREATE TYPE way AS ENUM (\n  -- up\n  'up',\n  -- down\n  'down'\n);",
      "INSERT INTO speed VALUES (\n  -- rollback\n  1, f(\n  /* undo */\n  2)\n);",
      "CREATE TABLE a (\n  -- no transaction\n  id int\n);",
    ])
      assert.equal(read(file).sql, file);
    // Control: after the parentheses, and outside of any.
    for (const file of [
      `CREATE TABLE speed (up int);\n-- down\n${down}`,
      `CREATE TABLE speed (up int));\n-- down\n${down}`,
      `SELECT ')';\n-- down\n${down}`,
    ])
      assert.throws(() => read(file), { exitCode: 78, message: /"-- down" looks like/ });
  });

  test("an empty down part is accepted", () => {
    for (const end of ["-- Down", "-- DOWN\n-- nothing to do", "-- Rollback\n/* DROP TABLE a; */", "-- down\n;"]) {
      const file = `-- Up\n${up}\n${end}\n`;
      assert.equal(read(file).sql, file);
    }
  });

  test("a header that says how to revert by hand", () => {
    for (const header of [
      "-- Migration: a\n--\n-- Rollback:\n--   DROP TABLE a;\n\n",
      "-- ROLLBACK\n--\n--   1. drop table a;\n--   2. drop table b;\n",
      "-- Revert:\r\n-- ALTER TABLE b DROP COLUMN c;\r\n",
    ]) {
      assert.equal(read(header + up).sql, header + up);
    }
  });

  test("a header that describes both directions", () => {
    for (const header of [
      "-- Up: creates the table\n-- Down: drops it\n",
      "-- Up\n--   creates the table\n-- Down: DROP TABLE a\n",
      "-- Apply: psql -f this\nSELECT 1;\n-- Rollback: psql -f that\n",
      "-- Deploy: with the dashboard\nSELECT 1;\n-- Revert: by hand\n",
    ]) {
      assert.equal(read(header + up).sql, header + up);
    }
  });

  test("control: after an up part, or without SQL in the comment, it is refused", () => {
    for (const file of [
      `${up}\n-- Rollback:\n-- DROP INDEX a;\n${down}`,
      `-- Up\n-- Rollback:\n-- DROP INDEX a;\n${down}`,
      `-- Rollback\n-- of the users\n${down}`,
      `-- Rollback\n\n-- DROP INDEX a;\n${down}`,
    ]) {
      assert.throws(() => read(file), { exitCode: 78, message: /"-- Rollback:?" looks like/ });
    }
  });

  test("a heading above a tool's line is accepted", () => {
    const file = `-- ==== up\n-- +goose Up\n${up}\n-- ---- DOWN ----\n-- +goose Down\n-- Rollback\n${down}`;
    assert.deepEqual(statementsOf(file), [up]);
  });
});
