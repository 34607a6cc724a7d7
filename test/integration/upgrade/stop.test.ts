import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { TestDatabase } from "../../harness/database.ts";
import type { Image, ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import type { Ended, RunningProgram } from "../../harness/program.ts";
import { waitFor } from "../../harness/wait.ts";
import { openSession, waitUntilBlocked } from "../../fixtures/upgrade/session.ts";
import { assertCode, shopFiles, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, backendsOf, lockHolder, releasesIn, tablesOf, takeUpgradeLock } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

interface Scene {
  readonly database: TestDatabase;
  readonly image: Image;
}

async function scene(migrations: ImageFiles, upgradeSettings: object = {}): Promise<Scene> {
  const database = await suite.database();
  const image = suite.image(shopFiles({ url: database.url, migrations, upgrade: upgradeSettings }));
  return { database, image };
}

/** Ends it with SIGTERM. It exits with 143, and none of its statements keeps running. */
async function interrupt(program: RunningProgram, { database }: Scene): Promise<void> {
  await program.signal("SIGTERM");
  let ended: Ended | undefined;
  void program.ended.then((end) => (ended = end));
  assertCode(await waitFor("the end of the upgrade", () => ended), 143);
  assert.match(program.stderr(), /the upgrade was interrupted; .*Run --upgrade again/);
  await waitFor("the end of its sessions", async () => (await backendsOf(database)).length === 0);
  assert.equal(await lockHolder(database), undefined);
}

const sleeps = (database: TestDatabase) =>
  waitFor("a statement that runs", async () => {
    const rows = await database.query(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
    );
    return rows.length > 0;
  });

const table = { "1_a.sql": "CREATE TABLE a (id int);" };

describe("SIGTERM ends an upgrade with 143, and rolls back the running migration", { concurrency: 3 }, () => {
  test("while it connects to the database", async () => {
    const image = suite.image(shopFiles({ url: "postgres://nobody@127.0.0.1:1/none", migrations: table }));
    const program = start(image, ["--upgrade"]);
    await program.waitForOutput("Trying again for up to 30 s");
    await program.signal("SIGTERM");
    assertCode(await program.ended, 143);
  });

  test("while it waits for the upgrade lock", async () => {
    const here = await scene(table);
    const lock = await takeUpgradeLock(here.database);
    const program = start(here.image, ["--upgrade"]);
    await program.waitForOutput("waiting for the upgrade lock");
    await program.signal("SIGTERM");
    assertCode(await program.ended, 143);
    await lock.release();
    assert.deepEqual(await tablesOf(here.database), []);
    await upgrade(here.image);
  });

  test("in a hook, which also gets the signal, with its children", async () => {
    const hook = ["sh", "-c", "trap 'echo ended > hook; exit 1' TERM; echo ready; sleep 600 & wait"];
    const here = await scene(table, { before: [hook] });
    const program = start(here.image, ["--upgrade"]);
    await program.waitForOutput("[sh] ready");
    await interrupt(program, here);
    assert.equal(readFileSync(join(here.image.folder, "hook"), "utf8"), "ended\n");
    assert.deepEqual(await tablesOf(here.database), []);
  });

  test("in an SQL migration", async () => {
    const here = await scene({ ...table, "2_b.sql": "CREATE TABLE b (); SELECT pg_sleep(600);" });
    const program = start(here.image, ["--upgrade"]);
    await sleeps(here.database);
    await interrupt(program, here);
    assert.deepEqual(await tablesOf(here.database), ["a"]);
    assert.deepEqual(await appliedIn(here.database), ["1_a"]);
    assert.deepEqual(await releasesIn(here.database), []);
  });

  test("in a JavaScript migration: in a statement", async () => {
    const module = `export async function up({ query }) {
      await query("CREATE TABLE b ()");
      await query("SELECT pg_sleep(600)").catch(() => {});
      await query("CREATE TABLE c ()");
    }`;
    const here = await scene({ ...table, "2_b.mjs": module });
    const program = start(here.image, ["--upgrade"]);
    await sleeps(here.database);
    await interrupt(program, here);
    assert.deepEqual(await appliedIn(here.database), ["1_a"]);
  });

  test("in a JavaScript migration: between two statements, with nothing to cancel", async () => {
    // It still has many short statements to run.
    const module = `export async function up({ query }) {
      await query("CREATE TABLE b ()");
      for (let n = 0; n < 100_000; n++) {
        await query("SELECT 1");
        await new Promise((resolve) => setTimeout(resolve, 10));
        if (n === 3) console.error("under way");
      }
    }`;
    const here = await scene({ ...table, "2_b.mjs": module });
    const program = start(here.image, ["--upgrade"]);
    await program.waitForOutput("under way");
    await interrupt(program, here);
    assert.deepEqual(await appliedIn(here.database), ["1_a"]);
  });

  test("in a no-transaction migration, in a pause between two tries for a lock", async () => {
    const here = await scene(table, { lockWaitSeconds: 0.1 });
    await upgrade(here.image);
    here.image.write("migrations/2_b.sql", "-- seaworthy: no-transaction\nALTER TABLE a ADD COLUMN b int; SELECT 1;");
    await using reader = await openSession(here.database, "reader");
    await reader.query("BEGIN; SELECT FROM a");
    const program = start(here.image, ["--upgrade"]);
    await program.waitForOutput(/(cannot get a lock[^]*){2}/);
    await interrupt(program, here);
    await reader.query("ROLLBACK");
    await upgrade(here.image);
  });

  test("while CONCURRENTLY waits for old transactions", async () => {
    const here = await scene(table);
    await upgrade(here.image);
    here.image.write("migrations/2_i.sql", "-- seaworthy: no-transaction\nCREATE INDEX CONCURRENTLY a_id ON a (id);");
    await using writer = await openSession(here.database, "writer");
    await writer.query("BEGIN; INSERT INTO a VALUES (1)");
    const program = start(here.image, ["--upgrade"]);
    await waitUntilBlocked(here.database, "seaworthy upgrade shop");
    await interrupt(program, here);
    await writer.query("ROLLBACK");
    await upgrade(here.image);
    assert.deepEqual(await appliedIn(here.database), ["1_a", "2_i"]);
  });

  test("in the hook after: applied migrations are kept, and the release is not recorded", async () => {
    const here = await scene(table, { after: [["sh", "-c", "echo ready; sleep 600 & wait"]] });
    const program = start(here.image, ["--upgrade"]);
    await program.waitForOutput("[sh] ready");
    await interrupt(program, here);
    assert.deepEqual(await appliedIn(here.database), ["1_a"]);
    assert.deepEqual(await releasesIn(here.database), []);
  });
});

describe("hooks", { concurrency: 3 }, () => {
  const told = (image: Image) => readFileSync(join(image.folder, "told"), "utf8");
  const tell = (word: string) => ["sh", "-c", `echo ${word} "$SEAWORTHY_FROM" "$SEAWORTHY_TO" >> told`];

  test("onFailure runs after a failed migration, and not after success", async () => {
    const migrations = { ...table, "2_b.sql": "SELECT broken" };
    const here = await scene(migrations, {
      before: [tell("before")],
      after: [tell("after")],
      onFailure: [tell("failed")],
    });
    await upgrade(here.image, [], 1);
    assert.equal(told(here.image), "before  1.0.0\nfailed  1.0.0\n");
    here.image.write("migrations/2_b.sql", "SELECT 1");
    await upgrade(here.image);
    assert.equal(told(here.image), "before  1.0.0\nfailed  1.0.0\nbefore  1.0.0\nafter  1.0.0\n");
  });

  test("onFailure runs after a failed hook; its own failure does not hide the first", async () => {
    const here = await scene(table, {
      after: [["sh", "-c", "exit 7"]],
      onFailure: [tell("failed"), ["sh", "-c", "exit 9"]],
    });
    const { stderr } = await upgrade(here.image, [], 1);
    assert.match(stderr, /upgrade\.after\[0\] \(sh\) failed with exit code 7\. The release is not recorded/);
    assert.match(stderr, /upgrade\.onFailure\[1\] \(sh\) failed with exit code 9/);
    assert.equal(told(here.image), "failed  1.0.0\n");
  });

  test("onFailure does not run if nothing was begun, or after an interruption", async () => {
    const here = await scene({ "1_a.sql": "-- seaworthy: nonsense" }, { onFailure: [tell("failed")] });
    await upgrade(here.image, [], 78);
    here.image.write("migrations/1_a.sql", "SELECT pg_sleep(600)");
    const program = start(here.image, ["--upgrade"]);
    await sleeps(here.database);
    await interrupt(program, here);
    assert.equal(existsSync(join(here.image.folder, "told")), false);
  });

  test("a timeout ends a hook and its children, and counts as a failure", async () => {
    const command = ["sh", "-c", "sleep 600 & echo started; wait"];
    const here = await scene(table, { before: [{ command, timeoutSeconds: 0.5 }], onFailure: [tell("failed")] });
    const { stderr } = await upgrade(here.image, [], 1);
    assert.match(stderr, /\[sh\] started/);
    assert.match(stderr, /upgrade\.before\[0\] \(sh\) did not end within 0\.5 s/);
    assert.equal(told(here.image), "failed  1.0.0\n");
    assert.deepEqual(await tablesOf(here.database), []);

    // Control: with enough time it does not fail.
    await upgrade(
      suite.image(shopFiles({ url: here.database.url, migrations: table, upgrade: { before: [["true"]] } })),
    );
  });

  test("each has its own working directory and environment", async () => {
    const command = ["sh", "-c", 'echo "$PWD $WORD $DATABASE_URL"'];
    const here = await scene(table, { before: [{ command, workdir: "/usr", environment: { WORD: "hello" } }] });
    const { stderr } = await upgrade(here.image);
    assert.match(stderr, /\[sh\] \/usr hello postgres:\/\/postgres:\*\*\*@127\.0\.0\.1/);
  });
});
