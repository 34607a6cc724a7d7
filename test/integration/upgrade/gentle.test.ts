import assert from "node:assert/strict";
import { after, describe, test, type TestContext } from "node:test";
import type { TestDatabase } from "../../harness/database.ts";
import { openSuite } from "../../harness/leaks.ts";
import { long } from "../../harness/long.ts";
import { loadName, startLoad, withoutPgbench } from "../../fixtures/upgrade/pgbench.ts";
import { openSession, waitUntilBlocked } from "../../fixtures/upgrade/session.ts";
import { assertCode, shopFiles, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

async function databaseWithItems(): Promise<TestDatabase> {
  const database = await suite.database();
  await database.query(`CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL);
    INSERT INTO items SELECT i, 0 FROM generate_series(1, 1000) AS i`);
  return database;
}

const alter = { "1_alter.sql": "ALTER TABLE items ADD COLUMN note text;" };
const readsItems = "BEGIN; SELECT FROM items LIMIT 1";

describe("a table under constant load, and a long transaction on it", { skip: withoutPgbench }, () => {
  const load = "UPDATE items SET n = n + 1 WHERE id = :id;";
  const lockWaitSeconds = 0.5;
  /**
   * The documented limit is lock_timeout plus 100 ms. TEST_LONG=1 checks it, on an idle machine. A busy machine takes
   * longer to wake up a backend. Without lock_timeout, queries wait as long as the transaction is open (see the control).
   */
  const limitMs = lockWaitSeconds * 1000 + (long ? 100 : 1500);

  const report = (context: TestContext, latencies: readonly number[]) => {
    const longest = Math.max(...latencies);
    context.diagnostic(`of ${latencies.length} queries the longest took ${longest.toFixed(0)} ms`);
    return longest;
  };

  test("an ALTER waits briefly, retries, and succeeds when the transaction ends", async (context) => {
    const database = await databaseWithItems();
    const image = suite.image(shopFiles({ url: database.url, migrations: alter, upgrade: { lockWaitSeconds } }));
    const running = await startLoad(database, load);
    const reader = await openSession(database, "a long report");
    await reader.query(readsItems);
    const program = start(image, ["--upgrade"]);
    const retry = (times: number) => new RegExp(`(1_alter cannot get a lock, held by [^]*){${times}}`);
    await program.waitForOutput(retry(3));
    await reader.query("COMMIT");
    const ended = await program.ended;
    await reader[Symbol.asyncDispose]();
    const longest = report(context, await running.stop());

    assertCode(ended, 0);
    assert.match(
      ended.stderr,
      new RegExp(
        String.raw`held by pid ${reader.pid} \(a long report, postgres, idle in transaction, in its transaction`,
      ),
    );
    assert.doesNotMatch(ended.stderr, /SELECT FROM items/);
    assert.ok(longest < limitMs, `a query of the load took ${longest} ms`);
  });

  test("control: with a very long limit, the load queues behind the ALTER", async (context) => {
    const database = await databaseWithItems();
    const image = suite.image(shopFiles({ url: database.url, migrations: alter, upgrade: { lockWaitSeconds: 3600 } }));
    const running = await startLoad(database, load);
    const reader = await openSession(database, "a long report");
    await reader.query(readsItems);
    const program = start(image, ["--upgrade"]);
    await waitUntilBlocked(database, loadName, (limitMs + 100) / 1000);
    await reader.query("COMMIT");
    assertCode(await program.ended, 0);
    await reader[Symbol.asyncDispose]();
    assert.ok(report(context, await running.stop()) > limitMs);
  });
});

describe("a migration that cannot get its locks", { concurrency: 3 }, () => {
  test("gives up with 75, and names the blocker", async () => {
    const database = await databaseWithItems();
    await using reader = await openSession(database, "a long report");
    await reader.query(readsItems);
    // Each try is long enough to find the blocker, even on a busy machine.
    const settings = { lockWaitSeconds: 1.5, lockRetrySeconds: 2 };
    const image = suite.image(shopFiles({ url: database.url, migrations: alter, upgrade: settings }));
    const { stderr } = await upgrade(image, [], 75);
    assert.match(
      stderr,
      new RegExp(
        `gave up on migration 1_alter \\(.*1_alter\\.sql:\\d+:\\d+\\) after 2 s: it cannot get a lock, held by pid ${reader.pid} \\(a long report`,
      ),
    );
    assert.match(stderr, /raise upgrade\.lockRetrySeconds/);
    assert.deepEqual(await appliedIn(database), []);
  });

  test("names the blocker in its own database, even if another database has the same table name", async () => {
    const attempts = ["a report here", "a report there"].map(async (name) => {
      const database = await databaseWithItems();
      await using reader = await openSession(database, name);
      await reader.query(readsItems);
      const settings = { lockWaitSeconds: 1.5, lockRetrySeconds: 2 };
      const image = suite.image(shopFiles({ url: database.url, migrations: alter, upgrade: settings }));
      const { stderr } = await upgrade(image, [], 75);
      assert.match(stderr, new RegExp(String.raw`held by pid ${reader.pid} \(${name}`));
    });
    await Promise.all(attempts);
  });

  test("names the current blocker, not an earlier one; also late in a migration", async () => {
    const database = await databaseWithItems();
    await using first = await openSession(database, "the first");
    await first.query(readsItems);
    const image = suite.image(
      shopFiles({
        url: database.url,
        migrations: { "1_late.sql": `SELECT pg_sleep(0.5); ${alter["1_alter.sql"]}` },
        upgrade: { lockWaitSeconds: 0.3 },
      }),
    );
    const program = start(image, ["--upgrade"]);
    await program.waitForOutput(`held by pid ${first.pid} (the first`);
    await using second = await openSession(database, "the second");
    await second.query(readsItems);
    await first.query("COMMIT");
    await program.waitForOutput(`held by pid ${second.pid} (the second`);
    await second.query("COMMIT");
    assertCode(await program.ended, 0);
  });

  test("may wait longer with the lock-timeout directive", async () => {
    const database = await databaseWithItems();
    await using reader = await openSession(database, "a long report");
    await reader.query(readsItems);
    const migrations = { "1_patient.sql": `-- seaworthy: lock-timeout 1h\n${alter["1_alter.sql"]}` };
    const image = suite.image(shopFiles({ url: database.url, migrations, upgrade: { lockWaitSeconds: 0.1 } }));
    const program = start(image, ["--upgrade"]);
    await waitUntilBlocked(database, "seaworthy upgrade shop", 0.5);
    await reader.query("COMMIT");
    const ended = await program.ended;
    assertCode(ended, 0);
    assert.doesNotMatch(ended.stderr, /cannot get a lock/);
  });

  test("CONCURRENTLY is not limited by lock_timeout: it waits for old transactions, and blocks no query", async () => {
    const database = await databaseWithItems();
    await using writer = await openSession(database, "a long import");
    await writer.query("BEGIN; UPDATE items SET n = n + 1 WHERE id = 1");
    const migrations = {
      "1_index.sql": "-- seaworthy: no-transaction\nCREATE INDEX CONCURRENTLY items_n ON items (n);",
    };
    const image = suite.image(shopFiles({ url: database.url, migrations, upgrade: { lockWaitSeconds: 0.1 } }));
    const program = start(image, ["--upgrade"]);
    await waitUntilBlocked(database, "seaworthy upgrade shop", 1);
    await database.query("UPDATE items SET n = n + 1 WHERE id = 2");
    await writer.query("COMMIT");
    const ended = await program.ended;
    assertCode(ended, 0);
    assert.doesNotMatch(ended.stderr, /cannot get a lock/);
  });
});

describe("temporary conflicts", { concurrency: 2 }, () => {
  test("the victim of a deadlock runs again", async () => {
    const database = await databaseWithItems();
    const image = suite.image(
      shopFiles({
        url: database.url,
        migrations: {
          "1_crossing.sql": `-- seaworthy: lock-timeout 1m
            SET LOCAL deadlock_timeout = '2s';
            UPDATE items SET n = n + 1 WHERE id = 1;
            UPDATE items SET n = n + 1 WHERE id = 2;`,
        },
      }),
    );
    await using other = await openSession(database, "the other");
    // This session never detects the deadlock, so the migration becomes the victim.
    await other.query("SET deadlock_timeout = '10min'; BEGIN; UPDATE items SET n = n + 10 WHERE id = 2");
    const program = start(image, ["--upgrade"]);
    await waitUntilBlocked(database, "seaworthy upgrade shop");
    await other.query("UPDATE items SET n = n + 10 WHERE id = 1");
    await other.query("COMMIT");
    const ended = await program.ended;
    assertCode(ended, 0);
    assert.match(ended.stderr, /1_crossing met a deadlock: rolled back, trying again in/);
    assert.deepEqual(await database.query("SELECT n FROM items WHERE id <= 2"), [{ n: 11 }, { n: 11 }]);
  });

  test("a migration with a serialization failure runs again, and the first tries leave no rows", async () => {
    const database = await databaseWithItems();
    // Sequences are not rolled back, so this one counts the tries.
    await database.query("CREATE SEQUENCE tries");
    const migrations = {
      "1_conflict.sql": `UPDATE items SET n = n + 1 WHERE id = 1;
        DO $$ BEGIN
          IF nextval('tries') < 3 THEN RAISE EXCEPTION 'conflict' USING ERRCODE = 'serialization_failure'; END IF;
        END $$;`,
      "2_module.mjs": `export async function up({ query }) {
        await query("UPDATE items SET n = n + 1 WHERE id = 1");
        const [{ tries }] = await query("SELECT nextval('tries')::int AS tries");
        if (tries < 5) await query("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$");
      }`,
    };
    const { stderr } = await upgrade(suite.image(shopFiles({ url: database.url, migrations })));
    assert.equal(stderr.match(/1_conflict met a serialization failure: rolled back, trying again/g)?.length, 2);
    assert.equal(stderr.match(/2_module met a serialization failure: rolled back, trying again/g)?.length, 1);
    assert.deepEqual(await database.query("SELECT n FROM items WHERE id = 1"), [{ n: 2 }]);
  });
});
