import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { down, read, up } from "./read-up-part.ts";

describe("an unknown line that looks like a direction is refused", () => {
  const refused: Readonly<Record<string, readonly [string, RegExp]>> = {
    "a word on its own": [`-- Up\n${up}\n-- Down\n${down}`, /:3:1: "-- Down" looks like a marker of a down part/],
    "in capitals": [`-- UP\n${up}\n\n  -- DOWN\n${down}`, /:4:3: "-- DOWN" looks like/],
    "without spaces": [`${up}\n--down\n${down}`, /"--down" looks like/],
    decorated: [`${up}\n-- ------ DOWN ------\n${down}`, /:2:1: /],
    boxed: [`${up}\n-- ==================\n-- == Rollback\n-- ==================\n${down}`, /:3:1: "-- == Rollback"/],
    "a block comment": [`${up}\n/* DOWN */\n${down}`, /:2:1: /],
    "a block comment of several lines": [`${up}\n/* ====\n   ROLLBACK SCRIPT\n   ==== */\n${down}`, /:2:1: /],
    "a mark": [`-- @up\n${up}\n-- @down\n${down}`, /:3:1: /],
    "@UNDO without the slashes": [`${up}\n-- @UNDO\n${down}`, /"-- @UNDO": MyBatis Migrations does not know this line/],
    brackets: [`-- [up]\n${up}\n-- [down]\n${down}`, /:3:1: /],
    "an unknown tool": [`-- +micrate Up\n${up}\n-- +micrate Down\n${down}`, /:3:1: /],
    "an unknown tool with a colon": [`-- db:up\n${up}\n-- db:down\n${down}`, /:3:1: /],
    revert: [`${up}\n-- revert\n${down}`, /:2:1: /],
    undo: [`${up}\n-- UNDO:\n${down}`, /:2:1: /],
    rollback: [`${up}\n-- Rollback\n${down}`, /:2:1: /],
    "roll back": [`${up}\n-- Roll back:\n${down}`, /:2:1: /],
    downgrade: [`-- upgrade\n${up}\n-- downgrade\n${down}`, /:3:1: /],
    backwards: [`-- forwards\n${up}\n-- backwards\n${down}`, /:3:1: /],
    "with a noun": [`${up}\n-- Down script\n${down}`, /:2:1: /],
    "migration first": [`-- Migration up\n${up}\n-- Migration down\n${down}`, /:3:1: /],
    "the down migration of the migration": [`${up}\n-- Rollback of this migration\n${down}`, /:2:1: /],
    "both described": [`-- Up: create it\n${up}\n-- Down: drop it\n${down}`, /:3:1: /],
    "both described with dashes": [`-- UP - create it\n${up}\n-- DOWN - drop it\n${down}`, /:3:1: /],
    numbered: [`-- 1. Up\n${up}\n-- 2. Down\n${down}`, /:3:1: /],
    "the way down first": [`-- down\n${down}\n-- up\n${up}`, /:1:1: /],
    "a description without a colon, below a word on its own": [
      `-- Up\n${up}\n-- Down drop the table\n${down}`,
      /:3:1: "-- Down drop the table" looks like/,
    ],
    "behind a form feed": [`${up}\n\f-- DOWN\n${down}`, /:2:2: /],
    "with a no-break space": [`-- +goose Up\n${up}\n--\u00A0+goose Down\n${down}`, /:3:1: /],
    "goose without a part that goes up": [`-- +goose NO TRANSACTION\n${up}`, /:1:1: .*runs nothing of a file without/],
    "sql-migrate without a part that goes up": [
      `-- +migrate StatementBegin\n${up}\n-- +migrate StatementEnd`,
      /:1:1: .*runs nothing of a file without/,
    ],
    "in one line": [`/* UP */ ${up} /* DOWN */ ${down}`, /:1:29: "\/\* DOWN \*\/" looks like/],
    "named parts": [`-- name: up\n${up}\n-- name: down\n${down}`, /:3:1: /],
    regions: [`-- region Up\n${up}\n-- endregion\n-- region Down\n${down}`, /:4:1: /],
    "a hash": [`${up}\n# DOWN\n${down}`, /:2:1: "# DOWN"/],
    "goose's down, in goose's up alone": [`-- +goose Up\n${up}\n-- Down\n${down}`, /:3:1: /],
    "goose without its plus": [`-- +goose Up\n${up}\n-- goose Down\n${down}`, /:3:1: /],
    "goose misspelt": [
      `-- +goose Up\n${up}\n-- +goose Dwon\n${down}`,
      /:3:1: "-- \+goose Dwon": goose does not know this line/,
    ],
    "goose with a space": [`-- +goose Up\n${up}\n-- + goose Down\n${down}`, /:3:1: /],
    "goose with three dashes": [`-- +goose Up\n${up}\n--- +goose Down\n${down}`, /:3:1: /],
    "dbmate misspelt": [
      `-- migrate:up\n${up}\n-- migrate:dwon\n${down}`,
      /:3:1: "-- migrate:dwon": dbmate does not know/,
    ],
    "dbmate with a space": [`-- migrate:up\n${up}\n-- migrate: down\n${down}`, /:3:1: /],
    "dbmate in capitals": [`-- migrate:up\n${up}\n-- MIGRATE:DOWN\n${down}`, /:3:1: /],
    "sql-migrate in lower case": [
      `-- +migrate Up\n${up}\n-- +migrate down\n${down}`,
      /:3:1: "-- \+migrate down": sql-migrate/,
    ],
    "sql-migrate without a space": [`-- +migrate Up\n${up}\n--+migrate Down\n${down}`, /:3:1: /],
    "rambler in capitals": [`-- rambler up\n${up}\n-- rambler Down\n${down}`, /:3:1: /],
    "Play in lower case": [`# --- !Ups\n${up}\n# --- !downs\n${down}`, /:3:1: /],
    "tern with other dashes": [`${up}\n-- create above / drop below --\n${down}`, /:2:1: /],
    "node-pg-migrate with more in the line": [
      `-- Up Migration\n${up}\n-- Down Migration is easy\n${down}`,
      /:3:1: ".*" is a line where node-pg-migrate cuts the file/,
    ],
    "Liquibase without its header": [`--changeset me:1\n${up}`, /:1:1: .*formatted sql/],
    Sqitch: [`-- Deploy shop:a to pg\n${up}`, /:1:1: .*sqitch\.plan/],
    "two tools": [`-- +goose Up\n${up}\n-- migrate:down\n${down}`, /:3:1: .*line of dbmate.*lines of goose/],
    "no part goes up": [`-- +goose Down\n${down}`, /:1:1: .*no up part/],
    "a second up part": [
      `-- migrate:up\n${up}\n-- migrate:down\n${down}\n-- migrate:up\nCREATE TABLE b ();\n-- migrate:down\n`,
      /:5:1: "-- migrate:up" begins a second up part.*Join the up parts into one/,
    ],
    "goose's second part": [`-- +goose Up\n${up}\n-- +goose Up\n${up}`, /:3:1: .*second up part/],
    "a statement before the first part": [
      `SELECT 1;\n-- migrate:up\n${up}\n-- migrate:down`,
      /:1:1: a statement comes before/,
    ],
    "a statement before sql-migrate's first part": [
      `\n  SELECT 1;\n-- +migrate Up\n${up}`,
      /:2:3: a statement comes before/,
    ],
    "StatementBegin alone": [`-- +goose Up\n-- +goose StatementBegin\n${up}\n-- +goose Down`, /:2:1: .*has no end/],
    "StatementEnd alone": [`-- +migrate Up\n${up}\n-- +migrate StatementEnd`, /:3:1: .*has no beginning/],
    ENVSUB: ["-- +goose ENVSUB ON\n-- +goose Up\nSELECT '${A}';", /:1:1: .*replaces environment variables/],
    "Play's two semicolons": ["# --- !Ups\nSELECT 1;;\n# --- !Downs\n", /:2:9: ";;" is a placeholder of Play/],
    "tern's templates": ['{{ template "a" }}\n---- create above / drop below ----\n', /:1:1: /],
    "MyBatis's variables": ["-- // a\nSELECT '${a}';\n-- //@UNDO\n", /:2:9: "\$\{a\}" is a placeholder of MyBatis/],
    "graphile-migrate's placeholders": [
      "--! Previous: -\n\nGRANT ALL ON a TO :DATABASE_OWNER;",
      /:3:19: ":DATABASE_OWNER;?"/,
    ],
    "graphile-migrate's includes": ["--! include a.sql\n", /:1:1: .*does not include files/],
    "Atlas's checkpoint": [`-- atlas:checkpoint\n\n${up}`, /:1:1: .*checkpoint/],
    "Atlas's txtar": [`-- atlas:txtar\n\n-- migration.sql --\n${up}\n-- down.sql --\n${down}`, /:1:1: /],
    "Atlas's delimiter": [`-- atlas:delimiter -- end\n\n${up}`, /:1:1: /],
    "Liquibase's contexts": [
      `--liquibase formatted sql\n--changeset me:1 context:test\n${up}`,
      /:2:1: .*"context:test"/,
    ],
    "Liquibase's delimiters": [
      `--liquibase formatted sql\n--changeset me:1 splitStatements:false endDelimiter:/\n${up}`,
      /:2:1: .*"endDelimiter:\/"/,
    ],
    "Liquibase's preconditions": [
      `--liquibase formatted sql\n--changeset me:1\n--preconditions onFail:MARK_RAN\n${up}`,
      /:3:1: .*"preconditions"/,
    ],
  };
  for (const [title, [file, message]] of Object.entries(refused)) {
    test(title, () => assert.throws(() => read(file), { exitCode: 78, message }));
  }

  test("a marker inside a string, a function or a comment, which would cut the file there", () => {
    const lines = ["-- +goose Down", "-- migrate:down", "-- +migrate Down", "-- rambler down", "-- Down Migration"];
    for (const line of [...lines, "# --- !Downs", "---- create above / drop below ----", "-- //@UNDO"]) {
      const wrappings = [
        `INSERT INTO a VALUES ('\n${line}\n');`,
        `DO $$ BEGIN\n${line}\nEND $$;`,
        `DO $body$ BEGIN\n  ${line}\nEND $body$;`,
        `/*\n${line}\n${down}\n*/`,
        `SELECT "\n${line}\n";`,
        `SELECT E'\\'\n${line}\n';`,
      ];
      for (const file of wrappings) {
        assert.throws(() => read(file), { exitCode: 78, message: /^1_a\.sql:2:\d: ".*" is inside a string/ }, file);
      }
    }
    const body = "CREATE FUNCTION f() RETURNS text AS $$ SELECT 1;--> statement-breakpoint\n$$ LANGUAGE sql;";
    assert.throws(() => read(body), { exitCode: 78, message: /:1:49: / });
  });
});
