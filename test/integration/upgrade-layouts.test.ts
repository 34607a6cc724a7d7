import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { ImageFiles } from "../harness/image.ts";
import { openSuite } from "../harness/leaks.ts";
import { assertCode, run, shopFiles, upgrade } from "../fixtures/upgrade/shop.ts";
import { appliedIn, tablesOf } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

interface Layout {
  readonly migrations: ImageFiles;
  /** The names that are recorded, in order. Each makes a table of its last letter. */
  readonly names: readonly string[];
  /** Where lines are looked at: parts that go down would drop every table. */
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
  "Prisma: a folder each": {
    migrations: {
      "20240101000000_a/migration.sql": "CREATE TABLE a ();",
      "20240102000000_b/migration.sql": "CREATE TABLE b ();",
      "migration_lock.toml": 'provider = "postgresql"',
    },
    names: ["20240101000000_a", "20240102000000_b"],
    tables: ["a", "b"],
  },
  "side by side, by leading number, with others between": {
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

  test("an error in a file that goes both ways stands at the file's own line", async () => {
    const database = await suite.database();
    const migrations = {
      "1_a.sql": "-- +goose Up\n\nCREATE TABLE a ();\nCREATE TABEL b ();\n-- +goose Down\nDROP TABLE a;\n",
    };
    const { stderr } = await upgrade(suite.image(shopFiles({ url: database.url, migrations })), [], 1);
    assert.match(stderr, /1_a\.sql:4:8\)/);
  });
});

describe("what looks like a migration and would be skipped is refused", { concurrency: 4 }, () => {
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
    "an index that could not be found again": [
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
    });
  }

  test("control: without them it is applied", async () => {
    const database = await suite.database();
    assertCode(await run(suite.image(shopFiles({ url: database.url, migrations: good })), ["--upgrade"]), 0);
    assert.deepEqual(await tablesOf(database), ["a"]);
  });
});
