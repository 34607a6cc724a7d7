import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { down, read, statementsOf, up } from "./read-up-part.ts";

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
