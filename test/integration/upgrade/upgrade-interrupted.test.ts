import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openSession, waitUntilBlocked } from "../../fixtures/upgrade/session.ts";
import { openSuite } from "../../harness/leaks.ts";
import { freePort } from "../../harness/postgres.ts";
import { waitFor } from "../../harness/wait.ts";
import { assertDone, startUpgrade, twoTables, upgrade } from "./run-upgrade.ts";
import {
  appliedIn,
  backendsOf,
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

describe("an upgrade that ends in the middle", { concurrency: 4 }, () => {
  /** An upgrade in the second of three migrations, which has created a table and now waits for ever. */
  async function startInTheMiddle(upgradeSettings = {}) {
    const database = await suite.database();
    const migrations = {
      "1_a": "CREATE TABLE a ();",
      "2_b": `CREATE TABLE b (); ${passGate} CREATE TABLE b2 ();`,
      "3_c": "CREATE TABLE c ();",
    };
    const image = suite.image(shopImage(database.url, "1.0.0", migrations, upgradeSettings));
    const gate = await closeGate(database);
    const program = startUpgrade(image);
    await waitForArrival(database);
    return { database, image, gate, program };
  }
  type Middle = Awaited<ReturnType<typeof startInTheMiddle>>;

  async function assertRerunCompletes({ database, image, gate }: Middle): Promise<void> {
    // The gate is still closed: a statement that the server has not ended would still be here.
    await waitFor("the end of its backends", async () => (await backendsOf(database)).length === 0);
    assert.deepEqual(await tablesOf(database), ["a"]);
    assert.deepEqual(await appliedIn(database), ["1_a"]);
    assert.equal(await lockHolder(database), undefined);
    await gate.release();
    assertDone(await upgrade(image));
    assert.deepEqual(await tablesOf(database), ["a", "b", "b2", "c"]);
    assert.deepEqual(await appliedIn(database), ["1_a", "2_b", "3_c"]);
  }

  test("killed: the server rolls it back, and frees the lock without waiting for the statement", async () => {
    const middle = await startInTheMiddle();
    assert.notEqual(await lockHolder(middle.database), undefined);
    await middle.program.signal("SIGKILL");
    assert.equal((await middle.program.ended).signal, "SIGKILL");
    await assertRerunCompletes(middle);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`${signal}: cancelled on the server, rolled back, exit 143`, async () => {
      const middle = await startInTheMiddle();
      await middle.program.signal(signal);
      const ended = await middle.program.ended;
      assert.equal(ended.code, 143, ended.stderr);
      assert.match(ended.stderr, /the upgrade was interrupted.*canceling statement due to user request/);
      await assertRerunCompletes(middle);
    });
  }

  test("its lock is lost: nothing more is committed, and the exit code shows it", async () => {
    const middle = await startInTheMiddle();
    const { database, gate, program, image } = middle;
    await database.query(`SELECT pg_terminate_backend(${await lockHolder(database)})`);
    await waitFor("the lock to be free", async () => (await lockHolder(database)) === undefined);
    await gate.release();
    const ended = await program.ended;
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(
      ended.stderr,
      /cannot apply migration 2_b .*the upgrade lock was lost \(SQLSTATE SW001\).*Run --upgrade again/,
    );
    assert.deepEqual(await tablesOf(database), ["a"]);
    assert.deepEqual(await appliedIn(database), ["1_a"]);
    assertDone(await upgrade(image));
  });

  test("its lock is lost while another runner's record blocks it: nothing is committed afterwards", async () => {
    const database = await suite.database();
    await upgrade(suite.image(shopImage(database.url, "1.0.0", { "1_a": "CREATE TABLE a ();" })));
    await using other = await openSession(database, "another runner");
    await other.query("BEGIN; INSERT INTO seaworthy.migrations (name, checksum) VALUES ('2_b', '')");
    const program = startUpgrade(suite.image(shopImage(database.url, "1.1.0", twoTables, { lockWaitSeconds: 30 })));
    await waitUntilBlocked(database, "seaworthy upgrade");
    await database.query(`SELECT pg_terminate_backend(${await lockHolder(database)})`);
    await waitFor("the lock to be free", async () => (await lockHolder(database)) === undefined);
    await other.query("ROLLBACK");
    const ended = await program.ended;
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /cannot apply migration 2_b .*the upgrade lock was lost \(SQLSTATE SW001\)/);
    assert.deepEqual(await tablesOf(database), ["a"]);
    assert.deepEqual(await appliedIn(database), ["1_a"]);
  });

  test("its connection is lost: exit 69, rolled back", async () => {
    const middle = await startInTheMiddle();
    const { database, program } = middle;
    const work = (await backendsOf(database)).find(({ query }) => String(query).includes("b2"));
    await database.query(`SELECT pg_terminate_backend(${String(work?.["pid"])})`);
    const ended = await program.ended;
    assert.equal(ended.code, 69, ended.stderr);
    assert.match(ended.stderr, /lost the database while applying migration 2_b/);
    await assertRerunCompletes(middle);
  });

  test("its lock is lost during the last hook: the release is not recorded", async () => {
    const database = await suite.database();
    const image = suite.image(
      shopImage(database.url, "1.0.0", twoTables, { after: [["sh", "-c", "until [ -e go ]; do sleep 0.02; done"]] }),
    );
    const program = startUpgrade(image);
    await program.waitForOutput("running upgrade.after[0]");
    await database.query(`SELECT pg_terminate_backend(${await lockHolder(database)})`);
    await waitFor("the lock to be free", async () => (await lockHolder(database)) === undefined);
    image.write("go", "");
    const ended = await program.ended;
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /the upgrade lock was lost/);
    assert.deepEqual(await releasesIn(database), []);
  });

  test("SIGTERM during a hook ends the hook with all its children", async () => {
    const database = await suite.database();
    const hook = ["sh", "-c", "sleep 1000; echo never"];
    const program = startUpgrade(suite.image(shopImage(database.url, "1.0.0", twoTables, { before: [hook] })));
    await program.waitForOutput("running upgrade.before[0]");
    await program.signal("SIGTERM");
    const ended = await program.ended;
    assert.equal(ended.code, 143, ended.stderr);
    assert.deepEqual(await tablesOf(database), []);
  });

  test("SIGTERM while waiting for the lock: exit 143", async () => {
    const database = await suite.database();
    const lock = await takeUpgradeLock(database);
    const program = startUpgrade(suite.image(shopImage(database.url, "1.0.0", twoTables)));
    await program.waitForOutput("waiting for the upgrade lock");
    await program.signal("SIGTERM");
    assert.equal((await program.ended).code, 143);
    await lock.release();
    assert.deepEqual(await tablesOf(database), []);
  });

  test("SIGTERM while waiting for the database: exit 143", async () => {
    const url = `postgres://shop:secret@127.0.0.1:${await freePort()}/shop`;
    const program = startUpgrade(suite.image(shopImage(url, "1.0.0", twoTables)));
    await program.waitForOutput("Trying again");
    await program.signal("SIGTERM");
    assert.equal((await program.ended).code, 143);
  });
});
