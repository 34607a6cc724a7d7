import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { run, upgrade } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import { begin, noTransaction } from "./begin-migration.ts";
import { shopFiles } from "../../fixtures/upgrade/shop.ts";

const suite = openSuite();
after(() => suite.end());

/** A unique index on `n` cannot be built until one of the two rows is deleted. */
const tables =
  "CREATE TABLE items (id int, n int); INSERT INTO items VALUES (1, 1), (2, 1); CREATE TABLE others (id int);";

async function beginOn(setup: string, sql: string) {
  const database = await suite.database();
  await database.query(`${tables} ${setup}`);
  const image = suite.image(shopFiles({ url: database.url, migrations: { "1_index.sql": noTransaction(sql) } }));
  const { stderr } = await upgrade(image, [], 1);
  return { database, image, stderr };
}

describe("an index with the wanted name is not taken for the one of an earlier try", { concurrency: 3 }, () => {
  const others = {
    "on another table": ["CREATE INDEX i ON others (id)", "CREATE INDEX CONCURRENTLY i ON items (n)"],
    "on other columns": ["CREATE INDEX i ON items (id)", "CREATE INDEX CONCURRENTLY i ON items (n)"],
    "on other rows": [
      "CREATE INDEX i ON items (n) WHERE id > 1",
      "CREATE INDEX CONCURRENTLY i ON items (n) WHERE id > 2",
    ],
    "not unique": ["CREATE INDEX i ON items (id)", "CREATE UNIQUE INDEX CONCURRENTLY i ON items (id)"],
  };
  for (const [difference, [setup = "", sql = ""]] of Object.entries(others)) {
    test(difference, async () => {
      const { image, stderr } = await beginOn(setup, sql);
      assert.match(stderr, /1_index\.sql:2:1\): relation "i" already exists/);
      assert.match((await upgrade(image, [], 1)).stderr, /1_index\.sql:2:1\): relation "i" already exists/);
      assert.match((await run(image, ["--status"])).stdout, /dirty/);
    });
  }

  const same = {
    "a plain one": ["CREATE INDEX i ON items (n)", "CREATE INDEX CONCURRENTLY i ON items (n)"],
    "written in another form": [
      "CREATE UNIQUE INDEX i ON public.items USING btree (id, (n + 1) DESC) INCLUDE (n) WHERE (n > 0)",
      "create unique index concurrently /* of */ i on items (ID, (items.n+1) desc nulls first) include (n) where n>0",
    ],
  };
  for (const [form, [setup = "", sql = ""]] of Object.entries(same)) {
    test(`control: the same index is taken for it, ${form}`, async () => {
      const { database, image } = await beginOn(setup, sql);
      assert.match((await upgrade(image)).stderr, /applied 1_index/);
      const [row] = await database.query("SELECT count(*)::int AS count FROM pg_class WHERE relname = 'i'");
      assert.equal(row?.["count"], 1);
    });
  }
});

describe("an invalid index is found, whatever its name and the comments beside it are", { concurrency: 3 }, () => {
  const statements = {
    "a comment": "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS /* by number */ i -- here\n ON items (n)",
    "letters beyond ASCII": "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS größe ON items (n)",
    "a quote": 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "a ""b""" ON public . items (n)',
  };
  for (const [difference, sql] of Object.entries(statements)) {
    test(difference, async () => {
      const { database, image } = await beginOn("", sql);
      await database.query("DELETE FROM items WHERE id = 2");
      assert.match((await upgrade(image)).stderr, /found the invalid index/);
      const rows = await database.query("SELECT indisvalid FROM pg_index WHERE indrelid = 'items'::regclass");
      assert.deepEqual(rows, [{ indisvalid: true }]);
    });
  }

  test("a name that cannot be looked up is refused before anything is run", async () => {
    const database = await suite.database();
    await database.query(tables);
    for (const name of ["", "/* none */", 'U&"\\0069"']) {
      const sql = noTransaction(`CREATE INDEX CONCURRENTLY ${name} ON items (n)`);
      const image = suite.image(shopFiles({ url: database.url, migrations: { "1_index.sql": sql } }));
      assert.match((await upgrade(image, [], 78)).stderr, /1_index\.sql:2:1: .* without a plain name/);
    }
  });

  test("a missing index counts as dropped by the earlier try, with a warning", async () => {
    const { image } = await beginOn("", "DROP INDEX CONCURRENTLY /* old */ nosuch");
    assert.match((await upgrade(image)).stderr, /there is no index nosuch: the interrupted run has dropped it/);
  });
});

test("a statement whose commit fails is named with its place", async () => {
  const sql = `CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);\n  INSERT INTO late VALUES (1), (1);`;
  const { image } = await begin(suite, sql);
  assert.match((await upgrade(image, [], 1)).stderr, /1_steps\.sql:3:3\): duplicate key/);
});
