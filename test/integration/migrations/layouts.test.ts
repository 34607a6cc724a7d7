import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { assertCode, run, shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, tablesOf } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

interface Layout {
  readonly migrations: ImageFiles;
  /** The recorded names, in order. Each creates a table named by its last letter. */
  readonly names: readonly string[];
  /** The expected tables. A down part that ran would drop some. */
  readonly tables: readonly string[];
}

const layouts: Readonly<Record<string, Layout>> = {
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

describe("layouts of other tools", { concurrency: 3 }, () => {
  for (const [title, { migrations, names, tables }] of Object.entries(layouts)) {
    test(title, async () => {
      const database = await suite.database();
      const image = suite.image(shopFiles({ url: database.url, migrations }));
      await upgrade(image);
      assert.deepEqual(await appliedIn(database), names);
      assert.deepEqual(await tablesOf(database), tables);
    });
  }

  test("migrations recorded in another order are neither run again nor skipped", async () => {
    const database = await suite.database();
    const b = { "20250625_b/migration.sql": "CREATE TABLE b ();" };
    await upgrade(suite.image(shopFiles({ url: database.url, migrations: b })));
    // By number, the old order, b comes first.
    const a = { ...b, "20240101000000_a/migration.sql": "CREATE TABLE a ();" };
    await upgrade(suite.image(shopFiles({ url: database.url, version: "1.1.0", migrations: a })));
    const c = { ...a, "20250626000000_c/migration.sql": "CREATE TABLE c ();" };
    const image = suite.image(shopFiles({ url: database.url, version: "1.2.0", migrations: c }));
    await upgrade(image);
    await upgrade(image);
    assert.deepEqual(await appliedIn(database), ["20250625_b", "20240101000000_a", "20250626000000_c"]);
    assert.deepEqual(await tablesOf(database), ["a", "b", "c"]);
  });

  test("--baseline records only the migrations that the tool has applied before that name", async () => {
    const database = await suite.database();
    const migrations = {
      "20240101000000_a/migration.sql": "CREATE TABLE a ();",
      "20250625_c/migration.sql": "CREATE TABLE c ();",
      "20250301000000_b/migration.sql": "CREATE TABLE b ();",
    };
    await database.query("CREATE TABLE a (); CREATE TABLE b ()");
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    assertCode(await run(image, ["--baseline", "20250301000000_b"]), 0);
    assert.deepEqual(await appliedIn(database), ["20240101000000_a", "20250301000000_b"]);
    await upgrade(image);
    assert.deepEqual(await appliedIn(database), ["20240101000000_a", "20250301000000_b", "20250625_c"]);
    assert.deepEqual(await tablesOf(database), ["a", "b", "c"]);
  });

  test("a count of one is written in the singular", async () => {
    const database = await suite.database();
    const image = suite.image(shopFiles({ url: database.url, migrations: { "1_a.sql": "CREATE TABLE a ();" } }));
    const baseline = await run(image, ["--baseline", "1_a"]);
    assertCode(baseline, 0);
    assert.match(baseline.stderr, /recorded 1 migration as applied, up to 1_a/);
    assert.match((await run(image, ["--baseline", "1_a"])).stderr, /1 migration is recorded in it already/);
  });

  test("an error in a file with an up and a down part is reported at the file's own line", async () => {
    const database = await suite.database();
    const migrations = {
      "1_a.sql": "-- +goose Up\n\nCREATE TABLE a ();\nCREATE TABEL b ();\n-- +goose Down\nDROP TABLE a;\n",
    };
    const { stderr } = await upgrade(suite.image(shopFiles({ url: database.url, migrations })), [], 1);
    assert.match(stderr, /1_a\.sql:4:8\)/);
  });
});

describe("a file that looks like a migration but would be skipped is refused", { concurrency: 4 }, () => {
  const good = { "1_a.sql": "CREATE TABLE a ();" };
  const refused: Readonly<Record<string, readonly [ImageFiles, RegExp]>> = {
    "Flyway's repeatable": [
      { "R__view.sql": "SELECT 1" },
      /R__view\.sql: repeatable migrations of Flyway are not run\. /,
    ],
    TypeScript: [{ "2_b.ts": "export {}" }, /2_b\.ts: TypeScript is not run\. Compile it/],
    "two of one name": [{ "2_b.sql": "", "2_b.mjs": "" }, /two migrations have the name 2_b: /],
    "two that differ in case": [{ "2_b.sql": "", "2_B.sql": "" }, /two migrations have the name 2_B: |the name 2_b: /],
    "COMMIT in the middle": [
      { "2_b.sql": "SELECT 1;\n  COMMIT;" },
      /2_b\.sql:2:3: COMMIT inside a migration\. Remove it/,
    ],
    "an unknown direction": [
      { "2_b.sql": "-- Up\nCREATE TABLE b ();\n-- Down\nDROP TABLE a;\n" },
      /2_b\.sql:3:1: "-- Down" looks like a marker of a down part/,
    ],
    "a direction after a statement": [
      { "2_b.sql": "CREATE TABLE b (); -- down\nDROP TABLE b;" },
      /2_b\.sql:1:20: "-- down" looks like a marker of a down part.*Keep only the up part here, and put the rest into/,
    ],
    "setup and teardown": [
      { "2_b.sql": "-- setup\nCREATE TABLE b ();\n\n-- teardown\nDROP TABLE b;\n" },
      /2_b\.sql:4:1: "-- teardown" looks like a marker/,
    ],
    "uninstall, in a comment of the second kind": [
      { "2_b.sql": "CREATE TABLE b (); /* Uninstall */ DROP TABLE b;" },
      /2_b\.sql:1:20: "\/\* Uninstall \*\/" looks like a marker/,
    ],
    "drop, after Drizzle's end of a statement": [
      { "2_b.sql": "CREATE TABLE b ()\n--> statement-breakpoint\n-- drop\nDROP TABLE b;" },
      /2_b\.sql:3:1: "-- drop" looks like a marker/,
    ],
    "SQL beside Prisma's migration": [
      { "2_b/migration.sql": "CREATE TABLE b ();", "2_b/data.sql": "INSERT INTO b DEFAULT VALUES;" },
      /2_b\/data\.sql: it is not run: of a migration's folder only migration\.sql is/,
    ],
    "a script beside Prisma's migration": [
      { "2_b/migration.sql": "CREATE TABLE b ();", "2_b/fill.sh": "#!/bin/sh", "2_b/README.md": "" },
      /2_b\/fill\.sh: it is not run/,
    ],
    "SQL beside diesel's up.sql": [
      { "2_b/up.sql": "CREATE TABLE b ();", "2_b/down.sql": "DROP TABLE b;", "2_b/data.sql": "SELECT 1;" },
      /2_b\/data\.sql: it is not run: of a migration's folder only up\.sql is/,
    ],
    "yoyo's depends, against the order": [
      { "2_b.sql": "-- depends: 3_c\nCREATE TABLE b ();", "3_c.sql": "CREATE TABLE c ();" },
      /2_b\.sql:1: "-- depends: 3_c" contradicts the order of the folder: 3_c is applied after it/,
    ],
    "Sqitch's requires, against the order": [
      { "2_b.sql": "-- requires: c\nCREATE TABLE b ();", "3_c.sql": "CREATE TABLE c ();" },
      /2_b\.sql:1: "-- requires: c" contradicts the order/,
    ],
    "a module's depends, against the order": [
      { "2_b.mjs": "// depends: 3\nexport const up = () => {};", "3_c.sql": "CREATE TABLE c ();" },
      /2_b\.mjs:1: "\/\/ depends: 3" contradicts the order/,
    ],
    "a journal that is not UTF-8": [
      { "meta/_journal.json": Buffer.from('{"entries": [{"tag": "1_\xe9"}]}', "latin1") },
      /_journal\.json:1:25: this byte is not UTF-8/,
    ],
    "one inside a function": [
      { "2_b.sql": "DO $$ BEGIN\n-- +goose Down\nDROP TABLE a; END $$;" },
      /2_b\.sql:2:1: "-- \+goose Down" is inside a string, a function body or a comment/,
    ],
    "Flyway's placeholder": [
      { "V2__b.sql": "CREATE TABLE b AS SELECT '${x}' AS x;" },
      /V2__b\.sql:1:27: "\$\{x\}" is a placeholder of Flyway/,
    ],
    "goose's environment variables": [
      { "2_b.sql": "-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE b AS SELECT '${HOME}' AS x;" },
      /2_b\.sql:2:1: "-- \+goose ENVSUB ON": goose replaces environment variables/,
    ],
    "Flyway's callback": [{ "beforeClean.sql": "DROP TABLE a;" }, /beforeClean\.sql: it is a callback of Flyway/],
    "Flyway's baseline": [{ "B2__b.sql": "CREATE TABLE b ();" }, /B2__b\.sql: it is a baseline of Flyway/],
    "goose's Go": [{ "00002_b.go": "package migrations" }, /00002_b\.go: Go is not run/],
    "a folder": [{ "2024/2_b.sql": "CREATE TABLE b ();" }, /2024\/2_b\.sql: in a subfolder, only/],
    "dates that cannot be put in order": [
      { "20240101000000_b.sql": "CREATE TABLE b ();", "20230625_c.sql": "", "20220101000000_d.sql": "" },
      /cannot tell which comes first, .*20230625_c\.sql or .*20220101000000_d\.sql: their numbers have different lengths/,
    ],
    "an index that a rerun could not find": [
      { "2_b.sql": "-- seaworthy: no-transaction\nCREATE INDEX CONCURRENTLY ON a (id);" },
      /2_b\.sql:2:1: CREATE INDEX CONCURRENTLY without a name\. Name the index/,
    ],
  };
  for (const [title, [files, message]] of Object.entries(refused)) {
    test(title, async () => {
      const database = await suite.database();
      const image = suite.image(shopFiles({ url: database.url, migrations: { ...good, ...files } }));
      assert.match((await upgrade(image, [], 78)).stderr, message);
      assert.deepEqual(await tablesOf(database), []);
      const plan = await run(image, ["--plan"]);
      // What Postgres refuses in a transaction, or could not resume, is a finding there.
      if (plan.code !== 78) assert.match(plan.stdout, /CONCURRENTLY/);
    });
  }

  test("control: without these files the image is applied", async () => {
    const database = await suite.database();
    assertCode(await run(suite.image(shopFiles({ url: database.url, migrations: good })), ["--upgrade"]), 0);
    assert.deepEqual(await tablesOf(database), ["a"]);
  });
});
