import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { TestDatabase } from "../../harness/database.ts";
import { openSuite } from "../../harness/leaks.ts";
import { openSession, waitUntilBlocked } from "../../fixtures/upgrade/session.ts";
import { assertCode, run, shopFiles, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

/** The indexes of the app's tables, and of their TOAST tables. */
async function indexesOf(database: TestDatabase, table: string): Promise<readonly string[]> {
  const rows = await database.query(`SELECT relname || CASE WHEN indisvalid THEN '' ELSE ' (invalid)' END AS text
    FROM pg_index JOIN pg_class ON oid = indexrelid
    WHERE indrelid = '${table}'::regclass OR indrelid = (SELECT reltoastrelid FROM pg_class WHERE oid = '${table}'::regclass)
    ORDER BY 1`);
  return rows.map(({ text }) => String(text)).filter((text) => !/^pg_toast_\d+_index$/.test(text));
}

async function databaseWithItems(): Promise<TestDatabase> {
  const database = await suite.database();
  await database.query("CREATE TABLE items (id int, note text); INSERT INTO items VALUES (1, 'one'), (2, 'two')");
  return database;
}

const noTransaction = (sql: string) => `-- seaworthy: no-transaction\n${sql}`;

/** Runs a migration with one statement until it waits for an old transaction, then sends SIGTERM. */
async function interruptBlocked(database: TestDatabase, sql: string, before?: string) {
  const migrations = { "1_index.sql": noTransaction(sql) };
  const image = suite.image(shopFiles({ url: database.url, migrations }));
  if (before !== undefined) await database.query(before);
  await using writer = await openSession(database, "writer");
  await writer.query("BEGIN; UPDATE items SET note = 'changed' WHERE id = 1");
  const program = start(image, ["--upgrade"]);
  await waitUntilBlocked(database, "seaworthy upgrade shop");
  await program.signal("SIGTERM");
  assertCode(await program.ended, 143);
  await writer.query("ROLLBACK");
  return image;
}

describe("the leftovers of an interrupted CONCURRENTLY are found, reported and repaired", { concurrency: 3 }, () => {
  for (const exists of ["", "IF NOT EXISTS "]) {
    test(`CREATE INDEX CONCURRENTLY ${exists}`, async () => {
      const database = await databaseWithItems();
      const sql = `CREATE INDEX CONCURRENTLY ${exists}"Items Id" ON items (id)`;
      const image = await interruptBlocked(database, sql);
      assert.deepEqual(await indexesOf(database, "items"), ["Items Id (invalid)"]);
      const { stderr } = await upgrade(image);
      assert.match(
        stderr,
        /found the invalid index "Items Id", left by an interrupted run: dropping it to build it anew/,
      );
      assert.deepEqual(await indexesOf(database, "items"), ["Items Id"]);
    });
  }

  test("control: IF NOT EXISTS alone accepts an invalid index", async () => {
    const database = await databaseWithItems();
    const sql = "CREATE INDEX CONCURRENTLY IF NOT EXISTS items_id ON items (id)";
    await interruptBlocked(database, sql);
    await database.query(sql);
    assert.deepEqual(await indexesOf(database, "items"), ["items_id (invalid)"]);
  });

  test("DROP INDEX CONCURRENTLY", async () => {
    const database = await databaseWithItems();
    const image = await interruptBlocked(
      database,
      "DROP INDEX CONCURRENTLY items_id",
      "CREATE INDEX items_id ON items (id)",
    );
    assert.deepEqual(await indexesOf(database, "items"), ["items_id (invalid)"]);
    await upgrade(image);
    assert.deepEqual(await indexesOf(database, "items"), []);
  });

  for (const sql of ["REINDEX INDEX CONCURRENTLY items_id", "REINDEX (CONCURRENTLY) TABLE items"]) {
    test(sql, async () => {
      const database = await databaseWithItems();
      const image = await interruptBlocked(database, sql, "CREATE INDEX items_id ON items (id)");
      assert.ok((await indexesOf(database, "items")).some((name) => name.endsWith("_ccnew (invalid)")));
      await upgrade(image);
      assert.deepEqual(await indexesOf(database, "items"), ["items_id"]);
    });
  }

  test("a unique index that failed on duplicates is built again once they are gone", async () => {
    const database = await databaseWithItems();
    await database.query("INSERT INTO items VALUES (1, 'again')");
    const migrations = { "1_unique.sql": noTransaction("CREATE UNIQUE INDEX CONCURRENTLY items_id ON items (id);") };
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    const { stderr } = await upgrade(image, [], 1);
    assert.match(
      stderr,
      /could not create unique index "items_id" \(SQLSTATE 23505\)\. Detail: Key \(id\)=\(1\) is duplicated/,
    );
    await database.query("DELETE FROM items WHERE note = 'again'");
    assert.match((await upgrade(image)).stderr, /found the invalid index items_id/);
    assert.deepEqual(await indexesOf(database, "items"), ["items_id"]);
  });

  test("an index that was built, but not recorded, is not built again", async () => {
    const database = await databaseWithItems();
    const migrations = {
      "1_index.sql": noTransaction("SET lock_timeout = '9s'; CREATE INDEX CONCURRENTLY items_id ON items (id);"),
    };
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    await upgrade(image);
    const [built] = await database.query("SELECT 'items_id'::regclass::oid AS oid");
    // The state between building and recording.
    await database.query(`UPDATE seaworthy.migrations SET statements = 0, applied_at = NULL;
      DELETE FROM seaworthy.releases`);
    await upgrade(image);
    assert.deepEqual(await database.query("SELECT 'items_id'::regclass::oid AS oid"), [built]);
  });
});

describe("a no-transaction migration that stops in the middle", { concurrency: 2 }, () => {
  const sql = (last: string) =>
    noTransaction(`UPDATE items SET id = id + 10;
      CREATE INDEX CONCURRENTLY items_id ON items (id);
      UPDATE items SET id = id + 100;
      ${last}
      UPDATE items SET id = id + 1000;`);

  test("is reported, makes health dirty, and resumes once the file is fixed", async () => {
    const database = await databaseWithItems();
    const migrations = { "0_first.sql": "SELECT 1", "1_steps.sql": sql("SELECT broken;"), "2_last.sql": "SELECT 2" };
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    const { stderr } = await upgrade(image, [], 1);
    assert.match(stderr, /1_steps\.sql:5:14\): column "broken" does not exist/);
    assert.match(stderr, /kept: 0_first[^]*left where it stopped, to be resumed: 1_steps[^]*not run: 2_last/);
    const status = await run(image, ["--status"]);
    assert.match(status.stdout, /dirty/);

    image.write("migrations/1_steps.sql", sql("SELECT 1;"));
    await upgrade(image);
    assert.deepEqual(await database.query("SELECT id FROM items ORDER BY id"), [{ id: 1111 }, { id: 1112 }]);
    assert.deepEqual(await appliedIn(database), ["0_first", "1_steps", "2_last"]);
    assert.match((await run(image, ["--status"])).stdout, /compatible/);
  });

  test("can become a transaction only if none of it is done", async () => {
    const database = await databaseWithItems();
    const migrations = { "1_steps.sql": sql("SELECT broken;") };
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    await upgrade(image, [], 1);
    image.write("migrations/1_steps.sql", "UPDATE items SET id = id + 10;");
    assert.match(
      (await upgrade(image, [], 78)).stderr,
      /1_steps was begun without a transaction, and its first 3 statements are done\. Put .* back at its head/,
    );
    assert.deepEqual(await database.query("SELECT id FROM items ORDER BY id"), [{ id: 111 }, { id: 112 }]);

    const other = await databaseWithItems();
    const second = suite.image(
      shopFiles({ url: other.url, migrations: { "1_first.sql": noTransaction("SELECT broken") } }),
    );
    await upgrade(second, [], 1);
    second.write("migrations/1_first.sql", "UPDATE items SET id = id + 10;");
    await upgrade(second);
    assert.deepEqual(await other.query("SELECT id FROM items ORDER BY id"), [{ id: 11 }, { id: 12 }]);
  });

  test("its SETs apply to the rest of the file, also after a resume, but not to other files", async () => {
    const database = await databaseWithItems();
    await database.query("CREATE SCHEMA stock; CREATE TABLE stock.items (id int); CREATE TABLE seen (value text)");
    const text = (last: string) =>
      noTransaction(`SET search_path = stock, public;
        SET work_mem = '5MB';
        CREATE INDEX CONCURRENTLY stock_id ON items (id);
        ${last}
        INSERT INTO seen VALUES (current_setting('work_mem'));
        INSERT INTO items VALUES (7);
        CREATE INDEX CONCURRENTLY stock_id_2 ON items (id);`);
    const migrations = {
      "1_set.sql": text("SELECT broken;"),
      "2_then.sql": "INSERT INTO public.seen VALUES (current_setting('search_path'))",
    };
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    await upgrade(image, [], 1);
    image.write("migrations/1_set.sql", text("SELECT 1;"));
    await upgrade(image);
    assert.deepEqual(await database.query("SELECT id FROM stock.items"), [{ id: 7 }]);
    assert.deepEqual(await indexesOf(database, "stock.items"), ["stock_id", "stock_id_2"]);
    assert.deepEqual(await database.query("SELECT value FROM seen"), [{ value: "5MB" }, { value: '"$user", public' }]);
  });
});
