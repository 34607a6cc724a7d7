import type { ImageFiles } from "../../harness/image.ts";

interface Layout {
  readonly migrations: ImageFiles;
  /** The recorded names, in order. Each creates a table named by its last letter. */
  readonly names: readonly string[];
  /** The expected tables. A down part that ran would drop some. */
  readonly tables: readonly string[];
}

export const layouts: Readonly<Record<string, Layout>> = {
  "golang-migrate: .up.sql and .down.sql": {
    migrations: {
      "000001_make_a.up.sql": "CREATE TABLE a ();",
      "000001_make_a.down.sql": "DROP TABLE a;",
      "000002_make_b.up.sql": "CREATE TABLE b ();",
      "000002_make_b.down.sql": "DROP TABLE b;",
    },
    names: ["000001_make_a", "000002_make_b"],
    tables: ["a", "b"],
  },
  "dbmate: up and down in one file, transaction:false": {
    migrations: {
      "20240101000000_a.sql": "-- migrate:up\nCREATE TABLE a (id int);\n\n-- migrate:down\nDROP TABLE a;\n",
      "20240102000000_b.sql": `-- migrate:up transaction:false
        CREATE INDEX CONCURRENTLY a_id ON a (id);
        CREATE TABLE b ();
        -- migrate:down
        DROP TABLE b;`,
      "20240103000000_c.sql": "-- migrate:down\nDROP TABLE a;\n-- migrate:up\nCREATE TABLE c ();",
    },
    names: ["20240101000000_a", "20240102000000_b", "20240103000000_c"],
    tables: ["a", "b", "c"],
  },
  "goose: StatementBegin and StatementEnd, NO TRANSACTION": {
    migrations: {
      "00001_a.sql": `-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION make_a() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  CREATE TABLE a (id int); -- of course;
END;
$$;
-- +goose StatementEnd
SELECT make_a();

-- +goose Down
-- +goose StatementBegin
DROP TABLE a;
-- +goose StatementEnd
`,
      "00002_b.sql": `-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY a_id ON a (id);
CREATE TABLE b ();
-- +goose Down
DROP TABLE b;
`,
    },
    names: ["00001_a", "00002_b"],
    tables: ["a", "b"],
  },
  "Flyway: versions compared as numbers, undo left out": {
    migrations: {
      "V1__a.sql": "CREATE TABLE a ();",
      "U1__a.sql": "DROP TABLE a;",
      "V1.2__b.sql": "CREATE TABLE b (); DROP TABLE IF EXISTS c;",
      "V1_10__c.sql": "CREATE TABLE c ();",
      "V2__d.sql": "CREATE TABLE d ();",
    },
    names: ["V1__a", "V1.2__b", "V1_10__c", "V2__d"],
    tables: ["a", "b", "c", "d"],
  },
  "Prisma: a folder for each migration": {
    migrations: {
      "20240101000000_a/migration.sql": "CREATE TABLE a ();",
      "20240102000000_b/migration.sql": "CREATE TABLE b ();",
      "migration_lock.toml": 'provider = "postgresql"',
    },
    names: ["20240101000000_a", "20240102000000_b"],
    tables: ["a", "b"],
  },
  "sql-migrate: two parts that go up, StatementBegin, notransaction": {
    migrations: {
      "1_a.sql": `-- +migrate Up
CREATE TABLE a (id int);
-- +migrate Down
DROP TABLE a;
-- +migrate Up
-- +migrate StatementBegin
CREATE FUNCTION make_b() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE b (); END $$
-- +migrate StatementEnd
SELECT make_b();
`,
      "2_c.sql": `-- +migrate Up notransaction
CREATE INDEX CONCURRENTLY a_id ON a (id);
CREATE TABLE c ();
-- +migrate Down
DROP TABLE c;
`,
    },
    names: ["1_a", "2_c"],
    tables: ["a", "b", "c"],
  },
  "node-pg-migrate: Up Migration and Down Migration": {
    migrations: {
      "1591877300255_a.sql": "-- Up Migration\nCREATE TABLE a ();\n\n-- Down Migration\nDROP TABLE a;\n",
      "1591877300256_b.sql": "-- Down Migration\nDROP TABLE a;\n-- Up Migration\nCREATE TABLE b ();\n",
    },
    names: ["1591877300255_a", "1591877300256_b"],
    tables: ["a", "b"],
  },
  "rambler, shmig, tern, MyBatis and Play": {
    migrations: {
      "1_a.sql": "-- rambler up\nCREATE TABLE a ();\n-- rambler down\nDROP TABLE a;\n",
      "2_b.sql": "-- ====  UP  ====\nCREATE TABLE b ();\n-- ==== DOWN ====\nDROP TABLE a;\n",
      "3_c.sql": "CREATE TABLE c ();\n---- create above / drop below ----\nDROP TABLE a;\n",
      "4_d.sql": "-- // d\nCREATE TABLE d ();\n\n-- //@UNDO\nDROP TABLE a;\n",
      "5_e.sql": "# Don't edit\n# --- !Ups\nCREATE TABLE e ();\n# --- !Downs\nDROP TABLE a;\n",
      "6_f.sql": "-- +goose Up\n-- +goose Down\nDROP TABLE a;\n",
    },
    names: ["1_a", "2_b", "3_c", "4_d", "5_e", "6_f"],
    tables: ["a", "b", "c", "d", "e"],
  },
  "no transaction, in the notation of Atlas, sqlx, tern, postgres-migrations and graphile-migrate": {
    migrations: {
      "1_a.sql": "CREATE TABLE a (id int);",
      "2_b.sql": "-- atlas:txmode none\n\nCREATE INDEX CONCURRENTLY a1 ON a (id);",
      "3_c.sql": "-- no-transaction\nCREATE INDEX CONCURRENTLY a2 ON a (id);",
      "4_d.sql": "---- tern: disable-tx ----\nCREATE INDEX CONCURRENTLY a3 ON a (id);",
      "5_e.sql": "-- postgres-migrations disable-transaction\nCREATE INDEX CONCURRENTLY a4 ON a (id);",
      "6_f.sql": "--! Previous: -\n--! Hash: sha1:1\n\n--! no-transaction\nCREATE INDEX CONCURRENTLY a5 ON a (id);",
    },
    names: ["1_a", "2_b", "3_c", "4_d", "5_e", "6_f"],
    tables: ["a"],
  },
  "Liquibase's formatted SQL, and Drizzle's statements without semicolons": {
    migrations: {
      "1_a.sql": `--liquibase formatted sql
--changeset me:1
CREATE TABLE a (id int)
--rollback DROP TABLE a;
--changeset me:2
CREATE TABLE b ()
`,
      "2_c.sql": "CREATE TABLE c ()\n--> statement-breakpoint\nCREATE TABLE d ();--> statement-breakpoint\nSELECT 1\n",
    },
    names: ["1_a", "2_c"],
    tables: ["a", "b", "c", "d"],
  },
  "diesel: up.sql and down.sql in a folder for each migration": {
    migrations: {
      "2024-01-01-000000_a/up.sql": "CREATE TABLE a ();",
      "2024-01-01-000000_a/down.sql": "DROP TABLE a;",
      "2024-02-01-000000_b/up.sql": "CREATE TABLE b ();",
    },
    names: ["2024-01-01-000000_a", "2024-02-01-000000_b"],
    tables: ["a", "b"],
  },
  "db-migrate, Postgrator and yoyo: pairs of files": {
    migrations: {
      "001-a-up.sql": "CREATE TABLE a ();",
      "001-a-down.sql": "DROP TABLE a;",
      "002.do.b.sql": "CREATE TABLE b ();",
      "002.undo.b.sql": "DROP TABLE a;",
      "003_c.sql": "CREATE TABLE c ();",
      "003_c.rollback.sql": "DROP TABLE a;",
    },
    names: ["001-a-up", "002.do.b", "003_c"],
    tables: ["a", "b", "c"],
  },
  "Prisma: alphabetical order, even if a number is shorter": {
    migrations: {
      "20240101000000_a/migration.sql": "CREATE TABLE a (id int);",
      "20250625_b/migration.sql": "CREATE TABLE b AS SELECT id FROM a;",
      "20250701000000_c/migration.sql": "CREATE TABLE c AS SELECT id FROM b;",
      "migration_lock.toml": 'provider = "postgresql"',
    },
    names: ["20240101000000_a", "20250625_b", "20250701000000_c"],
    tables: ["a", "b", "c"],
  },
  "Drizzle: in the order of its journal": {
    migrations: {
      "0000_a.sql": "CREATE TABLE a AS SELECT id FROM b;",
      "0001_b.sql": "CREATE TABLE b (id int);",
      "meta/_journal.json": JSON.stringify({ entries: [{ tag: "0001_b" }, { tag: "0000_a" }] }),
      "meta/0000_snapshot.json": "{}",
    },
    names: ["0001_b", "0000_a"],
    tables: ["a", "b"],
  },
  "comments that only describe the file, and do not divide it": {
    migrations: {
      "1_a.sql": "-- Rollback migration 12\nDROP TABLE IF EXISTS old;\nCREATE TABLE a (id int);",
      "2_b.sql":
        "-- Counters for up/down votes.\nCREATE TABLE b ();\n-- up votes\nALTER TABLE b ADD up int; -- up\n-- down votes\nALTER TABLE b ADD down int; -- down\nSELECT 1;",
      "3_c.sql":
        "-- Reverse\nCREATE TABLE c AS SELECT CASE\n-- up\nWHEN id = 1 THEN 2\n-- down\nWHEN id = 2 THEN 1\nEND FROM a;\nSELECT 1;",
      "4_d.sql":
        "--\n-- Name: down; Type: TABLE; Schema: public; Owner: postgres\n--\n\nCREATE TABLE d (\n  -- down\n  id int\n);\n-- DropTable\nDROP TABLE IF EXISTS e;",
    },
    names: ["1_a", "2_b", "3_c", "4_d"],
    tables: ["a", "b", "c", "d"],
  },
  "yoyo: depends, if the order agrees": {
    migrations: {
      "1_a.sql": "-- depends:\nCREATE TABLE a (id int);",
      "2_b.sql": "-- make b\n-- depends: 1_a\nCREATE TABLE b AS SELECT id FROM a;",
      "2_b.rollback.sql": "DROP TABLE b;",
      "3_c.sql": "-- requires: a, b\n-- Requires: Postgres 12\nCREATE TABLE c AS SELECT id FROM b;",
    },
    names: ["1_a", "2_b", "3_c"],
    tables: ["a", "b", "c"],
  },
  "several layouts side by side, by leading number": {
    migrations: {
      "10_c.sql": "CREATE TABLE c ();",
      "9_b.up.sql": "CREATE TABLE b ();",
      "9_b.down.sql": "DROP TABLE b;",
      "008_a/migration.sql": "CREATE TABLE a ();",
      "README.md": "What these are",
      "seeds/10_seed.sql": "DROP TABLE a;",
      "11_d.mjs": 'export const up = ({ query }) => query("CREATE TABLE d ()");',
      "12_types.d.ts": "export {};",
    },
    names: ["008_a", "9_b", "10_c", "11_d"],
    tables: ["a", "b", "c", "d"],
  },
};
