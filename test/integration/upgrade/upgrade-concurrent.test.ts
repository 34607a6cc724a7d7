import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { openSuite } from "../../harness/leaks.ts";
import { waitFor } from "../../harness/wait.ts";
import { assertDone, startUpgrade, twoTables, upgrade } from "./run-upgrade.ts";
import {
  appliedIn,
  closeGate,
  lockHolder,
  passGate,
  releasesIn,
  shopImage,
  tablesOf,
  takeUpgradeLock,
  waitForArrival,
} from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

describe("ten upgrades at once", () => {
  test("on an empty database: each migration and each hook runs once, all exit 0", async () => {
    const database = await suite.database();
    const migrations = { "0_log": "CREATE TABLE log (n int);" };
    for (let n = 1; n <= 9; n++) Object.assign(migrations, { [`${n}_row`]: `INSERT INTO log VALUES (${n});` });
    const hook = (text: string) => [["sh", "-c", `echo ${text} >> ran`]];
    const image = suite.image(
      shopImage(database.url, "1.0.0", migrations, { before: hook("before"), after: hook("after") }),
    );
    const endings = await Promise.all(Array.from({ length: 10 }, () => upgrade(image)));
    for (const ended of endings) assertDone(ended);
    assert.equal(endings.filter(({ stderr }) => stderr.includes("upgraded shop to 1.0.0")).length, 1);
    const rows = await database.query("SELECT n FROM log ORDER BY n");
    assert.deepEqual(
      rows.map(({ n }) => n),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    assert.equal((await appliedIn(database)).length, 10);
    assert.deepEqual(await releasesIn(database), ["shop@1.0.0"]);
    assert.equal(readFileSync(`${image.folder}/ran`, "utf8"), "before\nafter\n");
  });

  test("with a slow migration: the others wait, and then find nothing to do", async () => {
    const database = await suite.database();
    assertDone(await upgrade(suite.image(shopImage(database.url, "1.0.0", twoTables))));
    const slow = { ...twoTables, "3_slow": `CREATE TABLE c (); ${passGate}`, "4_d": "CREATE TABLE d ();" };
    const image = suite.image(shopImage(database.url, "2.0.0", slow));
    const gate = await closeGate(database);
    const programs = Array.from({ length: 10 }, () => startUpgrade(image));
    const waiting = () => programs.filter((program) => program.stderr().includes("waiting for the upgrade lock"));
    await waitForArrival(database);
    await waitFor("nine that wait", () => waiting().length === 9);
    assert.match(waiting()[0]?.stderr() ?? "", /held by seaworthy upgrade lock shop@2\.0\.0 on \S+ \(pid \d+\)/);
    await gate.release();
    const endings = await Promise.all(programs.map(({ ended }) => ended));
    for (const ended of endings) assertDone(ended);
    assert.equal(endings.filter(({ stderr }) => stderr.includes("another upgrade has just done it")).length, 9);
    assert.deepEqual(await appliedIn(database), ["1_a", "2_b", "3_slow", "4_d"]);
    assert.deepEqual(await releasesIn(database), ["shop@1.0.0", "shop@2.0.0"]);
  });
});

describe("the lock", { concurrency: 4 }, () => {
  test("gives up after its timeout, and names the holder", async () => {
    const database = await suite.database();
    const lock = await takeUpgradeLock(database);
    const image = suite.image(shopImage(database.url, "1.0.0", twoTables, { lockTimeoutSeconds: 0.2 }));
    const ended = await upgrade(image);
    assert.equal(ended.code, 75);
    assert.match(ended.stderr, /gave up after waiting 0\.2 s for the upgrade lock, held by the test \(pid \d+\)/);
    assert.match(ended.stderr, /raise upgrade\.lockTimeoutSeconds/);
    await lock.release();
    assert.deepEqual(await tablesOf(database), []);
    // Control: it was the lock.
    assertDone(await upgrade(image));
  });

  test("survives on a server that ends idle transactions", async () => {
    const database = await suite.database();
    const name = new URL(database.url).pathname.slice(1);
    await database.query(`ALTER DATABASE ${name} SET idle_in_transaction_session_timeout = '100ms'`);
    const gate = await closeGate(database);
    const slow = { ...twoTables, "3_slow": passGate };
    const program = startUpgrade(suite.image(shopImage(database.url, "1.0.0", slow)));
    await waitForArrival(database);
    await waitFor("the lock to have been idle for long", async () => {
      const [row] = await database.query(`SELECT clock_timestamp() - state_change > interval '500ms' AS long
        FROM pg_stat_activity WHERE pid = ${await lockHolder(database)}`);
      return row?.["long"] === true;
    });
    await gate.release();
    assertDone(await program.ended);
  });

  test("belongs to one database: an upgrade of another one does not wait for it", async () => {
    const [one, two] = [await suite.database(), await suite.database()];
    const lock = await takeUpgradeLock(one);
    assertDone(await upgrade(suite.image(shopImage(two.url, "1.0.0", twoTables, { lockTimeoutSeconds: 0 }))));
    await lock.release();
  });
});
