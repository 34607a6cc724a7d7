import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { upPartOf } from "../../../src/migrations/layouts/up-part.ts";

const read = (source: string, name = "1_a.sql") => upPartOf(name, source);
/** The statements that would run, without comments, blank lines and statement marks. */
const statementsOf = (source: string) =>
  read(source)
    .sql.split("\n")
    .map((line) => line.replace(/--.*/, "").trim())
    .filter((line) => line !== "" && line !== ";");

const [up, down] = ["CREATE TABLE a ();", "DROP TABLE a;"];

describe("files with an up and a down part are read like their tool reads them", () => {
  const files: Readonly<Record<string, readonly string[]>> = {
    goose: [`-- +goose Up`, up, `-- +goose Down`, down],
    "goose in capitals": [`-- +goose UP`, up, `-- +goose DOWN`, down],
    "goose without spaces and with more": [`--+goose up`, up, `--   +goose   down  `, down],
    "goose, up alone": [`-- +goose Up`, up],
    "sql-migrate": [`-- +migrate Up`, up, `-- +migrate Down`, down],
    dbmate: [`-- migrate:up`, up, `-- migrate:down`, down],
    "dbmate without spaces": [`--migrate:up`, up, `--migrate:down transaction:false`, down],
    "dbmate, down first": [`-- migrate:down`, down, `-- migrate:up`, up],
    "node-pg-migrate": [`-- Up Migration`, up, `-- Down Migration`, down],
    "node-pg-migrate, decorated": [`----- UP  MIGRATION -----`, up, `--- down migration:`, down],
    "node-pg-migrate, several": [`-- Up Migrations`, up, `-- Down Migrations`, down],
    "node-pg-migrate, down first": [`-- Down Migration`, down, `-- Up Migration`, up],
    rambler: [`-- rambler up`, up, `-- rambler down`, down],
    shmig: [`-- Migration: a`, `-- ====  UP  ====`, up, `-- ==== DOWN ====`, down],
    "shmig with one space": [`-- ==== UP ====`, up, `-- ==== DOWN ====`, down],
    Play: [`# --- Created by Ebean DDL`, `# Don't edit`, `# --- !Ups`, up, `# --- !Downs`, down],
    "Play with dashes": [`-- !Ups`, up, `-- !Downs`, down],
    tern: [`-- Write here`, up, `---- create above / drop below ----`, down],
    "tern, up alone": [up, ``, `---- create above / drop below ----`],
    MyBatis: [`-- // first migration`, up, `-- //@UNDO`, `-- SQL to undo`, down],
    "MyBatis without spaces": [`--// first`, up, `--//@UNDO`, down],
    Liquibase: [`--liquibase formatted sql`, `--changeset me:1`, up, `--rollback DROP TABLE a;`],
    "graphile-migrate": [`--! Previous: -`, `--! Hash: sha1:1`, `--! Message: a`, ``, `--! split: 1-current.sql`, up],
    Drizzle: [up, `--> statement-breakpoint`],
    Atlas: [`-- atlas:nolint destructive`, up],
  };
  for (const [title, lines] of Object.entries(files)) {
    test(title, () => assert.deepEqual(statementsOf(lines.join("\n")), [up]));
    test(`${title}, with Windows line endings`, () => {
      assert.deepEqual(statementsOf(lines.join("\r\n")), [up]);
    });
  }

  test("statements keep their line and column", () => {
    const { sql } = read(`-- +goose Up\n\n  ${up}\n-- +goose Down\n${down}\n`);
    assert.equal(sql.indexOf(`  ${up}`), 2);
    assert.equal(sql.split("\n")[2], `  ${up}`);
  });

  test("several up parts run in order, if the tool runs them too", () => {
    for (const [one, two] of [
      ["-- +migrate Up", "-- +migrate Down"],
      ["-- rambler up", "-- rambler down"],
      ["# --- !Ups", "# --- !Downs"],
    ]) {
      const file = [one, up, two, down, one, "CREATE TABLE b ();"].join("\n");
      assert.deepEqual(statementsOf(file), [up, "CREATE TABLE b ();"]);
    }
  });

  test("an empty up part runs nothing", () => {
    assert.deepEqual(statementsOf(`-- +goose Up\n-- +goose Down\n${down}`), []);
  });

  test("a tool's marker ends a statement without a semicolon", () => {
    const goose = "-- +goose Up\n-- +goose StatementBegin\nSELECT 1\n-- +goose StatementEnd\nSELECT 2;\n";
    assert.match(read(goose).sql, /SELECT 1\n;\nSELECT 2;/);
    const migrate = goose.replaceAll("goose", "migrate");
    assert.match(read(migrate).sql, /SELECT 1\n;\nSELECT 2;/);
    assert.equal(read("SELECT 1\n--> statement-breakpoint\nSELECT 2").sql, "SELECT 1\n;\nSELECT 2");
    assert.equal(read("SELECT 1;--> statement-breakpoint\nSELECT 2").sql, "SELECT 1;;\nSELECT 2");
    const sets = "--liquibase formatted sql\n--changeset a:1\nSELECT 1\n--changeset a:2\nSELECT 2";
    assert.match(read(sets).sql, /SELECT 1\n;\nSELECT 2/);
  });

  test("control: a file without a marker is unchanged", () => {
    for (const file of [up, `-- a comment\n${up}\n/* another */`, ""]) assert.equal(read(file).sql, file);
  });
});

describe("without a transaction", () => {
  const without: Readonly<Record<string, string>> = {
    goose: "-- +goose Up\nSELECT 1;\n-- +goose NO TRANSACTION\n",
    "goose in lower case, at the head": "-- +goose no transaction\n-- +goose up\nSELECT 1;",
    "goose, in the down part": "-- +goose Up\nSELECT 1;\n-- +goose Down\n-- +goose NO TRANSACTION\nSELECT 2;",
    "sql-migrate": "-- +migrate Up notransaction\nSELECT 1;",
    dbmate: "-- migrate:up transaction:false\nSELECT 1;\n-- migrate:down\n",
    tern: "---- tern: disable-tx ----\nSELECT 1;\n---- create above / drop below ----",
    sqlx: "-- no-transaction\nSELECT 1;",
    "postgres-migrations": "-- postgres-migrations disable-transaction\nSELECT 1;",
    "postgres-migrations, further down": "-- A comment\n\n-- postgres-migrations disable-transaction\nSELECT 1;",
    Atlas: "-- atlas:txmode none\n\nSELECT 1;",
    "Atlas, second line": "-- atlas:nolint\n-- atlas:txmode none\n\nSELECT 1;",
    "graphile-migrate": "--! Previous: -\n--! Hash: sha1:1\n\n--! no-transaction\nSELECT 1;",
  };
  for (const [title, file] of Object.entries(without)) {
    test(title, () => assert.deepEqual(read(file).directives, { transaction: false }));
  }

  const within: Readonly<Record<string, string>> = {
    "sql-migrate, for the down part": "-- +migrate Up\nSELECT 1;\n-- +migrate Down notransaction\nSELECT 2;",
    "dbmate, for the down part": "-- migrate:up\nSELECT 1;\n-- migrate:down transaction:false\nSELECT 2;",
    "dbmate, explicitly on": "-- migrate:up transaction:true\nSELECT 1;\n-- migrate:down",
    "Atlas, one transaction per file": "-- atlas:txmode file\n\nSELECT 1;",
    prose: "-- This needs no transaction of its own\n-- transactions: see below\nSELECT 1;",
    "a table": "-- transactions\nCREATE TABLE transactions ();",
    "inside a string": "SELECT '\n-- no-transaction\n';",
  };
  for (const [title, file] of Object.entries(within)) {
    test(`control: ${title}`, () => assert.deepEqual(read(file).directives, {}));
  }

  const refused: readonly string[] = [
    "-- first\n-- no-transaction\nSELECT 1;",
    "-- NO TRANSACTION\nSELECT 1;",
    "-- notransaction\nSELECT 1;",
    "--no-tx\nSELECT 1;",
    "-- notx\nSELECT 1;",
    "-- disable_ddl_transaction!\nSELECT 1;",
    "-- transactional: false\nSELECT 1;",
    "-- transaction:false\nSELECT 1;",
    "-- run_in_transaction = false\nSELECT 1;",
    "-- executeInTransaction=false\nSELECT 1;",
    "-- pgm.noTransaction()\nSELECT 1;",
    "-- +mytool no transaction\nSELECT 1;",
    "/* no transaction */\nSELECT 1;",
    "-- atlas:txmode all\n\nSELECT 1;",
    "SELECT 1;\n-- atlas:txmode none\nSELECT 2;",
    "--! Previous: -\n\nSELECT 1;\n--! no-transaction\n",
    "-- migrate:up transaction=false\nSELECT 1;\n-- migrate:down",
    "-- +migrate Up noTransaction\nSELECT 1;",
    "-- +goose Up\n-- +goose NO TRANSACTIONS\nSELECT 1;",
    "---- tern: disable-transaction ----\nSELECT 1;",
    "-- postgres-migrations no-transaction\nSELECT 1;",
  ];
  for (const file of refused) {
    test(`refused: ${JSON.stringify(file.slice(0, 60))}`, () => {
      assert.throws(() => read(file), { exitCode: 78, message: /^1_a\.sql:\d+:1: "/ });
    });
  }

  test("control: with seaworthy's own directive, it is a comment", () => {
    assert.deepEqual(read("-- seaworthy: no-transaction\n-- no transaction\nSELECT 1;").directives, {});
  });
});

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

describe("a placeholder of a tool", () => {
  const flyway = "V1__a.sql";
  for (const sql of [
    "SELECT '${a}';",
    'SELECT 1 AS "${a}";',
    "DO $$ BEGIN PERFORM '${flyway:user}'; END $$;",
    "SELECT ${a};",
  ]) {
    test(`is refused in a file of Flyway: ${sql}`, () => {
      assert.throws(() => read(sql, flyway), {
        exitCode: 78,
        message: /^V1__a\.sql:1:\d+: "\$\{.*\}" is a placeholder of Flyway/,
      });
    });
  }
  for (const sql of ['CREATE TABLE "${schema}"."a" ();', "CREATE TABLE ${schema}.a ();"]) {
    test(`is refused anywhere outside of strings: ${sql}`, () => {
      assert.throws(() => read(sql), { exitCode: 78, message: /^1_a\.sql:1:\d+: "\$\{schema\}" / });
    });
  }
  for (const sql of [
    "SELECT * FROM a WHERE b = :'id';",
    "DROP TABLE :SCHEMA.a;",
    "INSERT INTO a VALUES (:id, 2);",
    'DROP TABLE :"name";',
  ]) {
    test(`is refused as a variable of psql: ${sql}`, () => {
      assert.throws(() => read(sql), { exitCode: 78, message: /^1_a\.sql:1:\d+: ":\S+" is a placeholder of psql/ });
    });
  }
  for (const sql of [
    "SELECT '1'::text, a::\"char\", (b)::int;",
    "SELECT a[1:2], a[:n], a[ :n ], a[n:m], a[:'1'];",
    "SELECT '{\"a\" :true}'::json, ':id';",
    "SELECT make_interval(days := 1);",
    "DO $$ DECLARE a int :=1; BEGIN a := :b; END $$;",
    "-- :id\nSELECT 1;",
    "INSERT INTO mails VALUES ('Dear ${name}');",
    "SELECT $$Dear ${name}$$;",
    "-- ${name}\nSELECT 1;",
    "SELECT E'${\\'}';",
    "SELECT '$' || '{';",
  ]) {
    test(`control: text in other files: ${sql}`, () => assert.equal(read(sql).sql, sql));
  }
  test("control: in a comment of a Flyway file", () => {
    assert.equal(read("-- ${name}\nSELECT 1;", flyway).sql, "-- ${name}\nSELECT 1;");
  });
});
