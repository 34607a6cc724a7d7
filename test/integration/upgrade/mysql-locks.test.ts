import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { assertCode, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { createShopDatabase } from "./mysql-shop.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());
const create = () => createShopDatabase(mariadb(), suite);
const table = "CREATE TABLE a (id int PRIMARY KEY, n int); INSERT INTO a VALUES (1, 0)";

describe("another session has a lock on MariaDB", { skip: lacksMariadb() ?? false, concurrency: 2 }, () => {
  test("an ALTER waits briefly, names the session, retries, and succeeds when it ends", async () => {
    await using database = await create();
    await database.query(table);
    const other = await database.connect();
    await other.query("START TRANSACTION; SELECT n AS secret FROM a");
    const migrations = { "1_a.sql": "ALTER TABLE a ADD COLUMN b int;" };
    const program = start(database.image({ migrations, upgrade: { lockWaitSeconds: 1 } }), ["--upgrade"]);
    await program.waitForOutput(
      /1_a cannot get a lock, held by connection \d+ \(root@\w+, Sleep, in its transaction for \d+ s\) perhaps/,
    );
    await other.query("COMMIT");
    assertCode(await program.ended, 0);
    assert.doesNotMatch(program.stderr(), /secret/);
    await other.end();
  });

  test("a row is locked: the session that holds it is known, and the upgrade gives up with 75", async () => {
    await using database = await create();
    await database.query(table);
    const other = await database.connect();
    await other.query("START TRANSACTION; UPDATE a SET n = 1");
    const migrations = { "1_a.sql": "CREATE TABLE b (id int); UPDATE a SET n = 2;" };
    const image = database.image({ migrations, upgrade: { lockWaitSeconds: 1, lockRetrySeconds: 0 } });
    const { stderr } = await upgrade(image, [], 75);
    assert.match(stderr, new RegExp(`gave up on migration 1_a .*held by connection ${other.threadId} \\(root@`));
    await other.query("COMMIT");
    await other.end();
    assert.match((await upgrade(image)).stderr, /resuming 1_a: its first statement is done/);
    assert.deepEqual(await database.query("SELECT n FROM a"), [{ n: 2 }]);
  });

  test("the directive lock-timeout counts for its migration", async () => {
    await using database = await create();
    const migrations = {
      "1_a.sql":
        "-- seaworthy: lock-timeout 7s\nCREATE TABLE seen (v int); INSERT INTO seen VALUES (@@lock_wait_timeout), (@@innodb_lock_wait_timeout);",
      "2_b.sql": "INSERT INTO seen VALUES (@@lock_wait_timeout);",
    };
    await upgrade(database.image({ migrations, upgrade: { lockWaitSeconds: 3 } }));
    assert.deepEqual(await database.query("SELECT v FROM seen"), [{ v: 7 }, { v: 7 }, { v: 3 }]);
  });

  test("an upgrade that waits for another one says who holds the lock, and gives up with 75", async () => {
    await using database = await create();
    const holder = await database.connect();
    await holder.query("SELECT GET_LOCK(CONCAT('seaworthy ', SHA1(DATABASE())), 0)");
    const image = database.image({ migrations: { "1_a.sql": "SELECT 1;" }, upgrade: { lockTimeoutSeconds: 1 } });
    const { stderr } = await upgrade(image, [], 75);
    assert.match(
      stderr,
      new RegExp(`gave up after waiting 1 s for the upgrade lock, held by connection ${holder.threadId} `),
    );
    await holder.end();
    await upgrade(image);
  });

  test("a look at a history table that is locked says upgrading, and does not wait", async () => {
    await using database = await create();
    const image = database.image({ migrations: { "1_a.sql": "SELECT 1;" } });
    await upgrade(image);
    const other = await database.connect();
    await other.query("LOCK TABLES seaworthy_migrations WRITE");
    const status = await start(image, ["--status"]).ended;
    await other.end();
    assertCode(status, 1);
    assert.match(status.stdout, /upgrading/);
  });
});
