import assert from "node:assert/strict";
import { after, describe, test, type TestContext } from "node:test";
import { assertCode, start } from "../../fixtures/upgrade/shop.ts";
import { lacksSysbench, startSysbench } from "../../fixtures/upgrade/sysbench.ts";
import { openSuite } from "../../harness/leaks.ts";
import { long } from "../../harness/long.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { waitFor } from "../../harness/wait.ts";
import { createShopDatabase, type ShopDatabase } from "./mysql-shop.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());

const lockWaitSeconds = 1;
/**
 * The documented limit is the server's lock_wait_timeout plus 100 ms. TEST_LONG=1 checks it, on an idle machine. A busy machine
 * takes longer to wake up a session. Without lock_wait_timeout, queries wait as long as the transaction is open (see the
 * controls).
 */
const limitMs = lockWaitSeconds * 1000 + (long ? 100 : 4000);

const addColumn = "ALTER TABLE items ADD COLUMN note text;";
const migrations = { "1_alter.sql": `${addColumn}\nALTER TABLE items ADD INDEX (n);` };

describe("a table under constant load on MariaDB", { skip: lacksMariadb() ?? lacksSysbench() ?? false }, () => {
  test("an ALTER waits briefly for a long transaction, retries, and succeeds when it ends", async (context) => {
    await using database = await databaseWithItems();
    const image = database.image({ migrations, upgrade: { lockWaitSeconds } });
    await using reader = await openReader(database);
    const load = await startSysbench(database.name, mariadb().socket);
    const program = start(image, ["--upgrade"]);
    await program.waitForOutput(/(1_alter cannot get a lock, held by [^]*){3}/);
    await reader.end();
    assertCode(await program.ended, 0);
    const longest = report(context, await load.stop());
    assert.ok(longest < limitMs, `a query of the load took ${longest} ms`);
  });

  test("control: with a very long limit, the load queues behind the ALTER", async (context) => {
    await using database = await databaseWithItems();
    const image = database.image({ migrations, upgrade: { lockWaitSeconds: 3600 } });
    await using reader = await openReader(database);
    const load = await startSysbench(database.name, mariadb().socket);
    const program = start(image, ["--upgrade"]);
    const endedEarly = program.ended.then(({ stderr }) =>
      assert.fail(`the upgrade ended before the load stood: ${stderr}`),
    );
    await Promise.race([untilLoadStands(database), endedEarly]);
    await reader.end();
    assertCode(await program.ended, 0);
    assert.ok(report(context, await load.stop()) > limitMs);
  });

  test("control: a plain ALTER waits for a day by default, and so does the load", async (context) => {
    await using database = await databaseWithItems();
    await using reader = await openReader(database);
    const load = await startSysbench(database.name, mariadb().socket);
    const altered = database.query(addColumn);
    await untilLoadStands(database);
    await reader.end();
    await altered;
    assert.ok(report(context, await load.stop()) > limitMs);
  });
});

async function databaseWithItems(): Promise<ShopDatabase> {
  const database = await createShopDatabase(mariadb(), suite);
  // Only locks count here: the load must not wait for the disk.
  await database.query(`SET GLOBAL innodb_flush_log_at_trx_commit = 0;
    CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL);
    INSERT INTO items SELECT seq, 0 FROM seq_1_to_1000`);
  return database;
}

/** A transaction that has read the table, and is open until its end. */
async function openReader(database: ShopDatabase) {
  const connection = await database.connect();
  await connection.query("START TRANSACTION; SELECT n FROM items LIMIT 1");
  let isOpen = true;
  const end = async () => {
    if (isOpen) await connection.end();
    isOpen = false;
  };
  return { end, [Symbol.asyncDispose]: end };
}

/** Waits until the server says that a query of the load has waited for the table for longer than the limit. */
async function untilLoadStands({ name, query }: ShopDatabase): Promise<void> {
  const waits = async (statement: string, ms: number) => {
    const waiting = await query(`SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '${name}'
      AND INFO LIKE '${statement} %' AND STATE = 'Waiting for table metadata lock' AND TIME_MS > ${ms}`);
    return waiting.length > 0;
  };
  await waitFor("the ALTER to wait", () => waits("ALTER TABLE items", 0));
  await waitFor("the load to stand", () => waits("UPDATE items", limitMs + 100));
}

function report(context: TestContext, latencies: readonly number[]): number {
  const longest = Math.max(...latencies);
  context.diagnostic(`of ${latencies.length} queries the longest took ${longest.toFixed(0)} ms`);
  return longest;
}
