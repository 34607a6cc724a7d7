import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { after, describe, test } from "node:test";
import { ask } from "../../harness/endpoint.ts";
import { configuration, type Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { freePort } from "../../harness/postgres.ts";
import { runProgram, startProgram, type Ended } from "../../harness/program.ts";
import { waitFor } from "../../harness/wait.ts";
import { openSession, waitUntilBlocked } from "../../fixtures/upgrade/session.ts";
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

const upgrade = ({ folder }: Image, environment = {}) =>
  runProgram(["--upgrade"], { workingDirectory: folder, environment });
const startUpgrade = ({ folder }: Image, environment = {}) =>
  startProgram(["--upgrade"], { workingDirectory: folder, environment });

function assertDone({ code, stderr }: Ended): void {
  assert.equal(code, 0, stderr);
}

const twoTables = { "1_a": "CREATE TABLE a ();", "2_b": "CREATE TABLE b ();" };

describe("one upgrade", { concurrency: 4 }, () => {
  test("the first run applies all in order, and records each of them and the release", async () => {
    const database = await suite.database();
    const image = suite.image(shopImage(database.url, "1.0.0", { "10_c": "CREATE TABLE c ();", ...twoTables }));
    const ended = await upgrade(image);
    assertDone(ended);
    assert.match(ended.stderr, /upgrading shop to 1\.0\.0: 3 to apply/);
    assert.match(ended.stderr, /applied 1_a in \d+ ms, 2 left\n[^]*applied 2_b[^]*applied 10_c in \d+ ms, 0 left\n/);
    assert.deepEqual(await tablesOf(database), ["a", "b", "c"]);
    const checksum = (sql: string) => createHash("sha256").update(sql).digest("hex");
    assert.deepEqual(
      await database.query("SELECT name, checksum, release FROM seaworthy.migrations ORDER BY position"),
      [
        { name: "1_a", checksum: checksum("CREATE TABLE a ();"), release: "1.0.0" },
        { name: "2_b", checksum: checksum("CREATE TABLE b ();"), release: "1.0.0" },
        { name: "10_c", checksum: checksum("CREATE TABLE c ();"), release: "1.0.0" },
      ],
    );
    assert.deepEqual(await releasesIn(database), ["shop@1.0.0"]);
  });

  test("the second run does nothing, and does not even take the lock", async () => {
    const database = await suite.database();
    const image = suite.image(shopImage(database.url, "1.0.0", twoTables, { lockTimeoutSeconds: 0 }));
    assertDone(await upgrade(image));
    const everything = () =>
      database.query(`SELECT xmin::text, name AS text FROM seaworthy.migrations
        UNION ALL SELECT xmin::text, version FROM seaworthy.releases ORDER BY 1, 2`);
    const before = await everything();
    const lock = await takeUpgradeLock(database);
    const ended = await upgrade(image);
    assertDone(ended);
    assert.match(ended.stderr, /nothing to do/);
    assert.deepEqual(await everything(), before);

    // Control: with something to do it takes the lock.
    image.write("migrations/3_c.sql", "CREATE TABLE c ();");
    const locked = await upgrade(image);
    assert.equal(locked.code, 75, locked.stderr);
    await lock.release();
  });

  test("a row that was removed from the history is noticed, whichever it is", async () => {
    const database = await suite.database();
    const image = suite.image(shopImage(database.url, "1.0.0", { ...twoTables, "3_c": "CREATE TABLE c ();" }));
    assertDone(await upgrade(image));
    for (const [name, table] of [
      ["1_a", "a"],
      ["2_b", "b"],
      ["3_c", "c"],
    ] as const) {
      await database.query(`DELETE FROM seaworthy.migrations WHERE name = '${name}'; DROP TABLE ${table}`);
      const ended = await upgrade(image);
      assertDone(ended);
      assert.match(ended.stderr, new RegExp(`applied ${name}`));
      assert.deepEqual(await tablesOf(database), ["a", "b", "c"]);
      assert.match((await upgrade(image)).stderr, /nothing to do: this release is completed/);
    }
  });

  test("without a file: DATABASE_URL and ./migrations are enough", async () => {
    const database = await suite.database();
    const image = suite.image({ "migrations/1_a.sql": "CREATE TABLE a ();" });
    assertDone(await upgrade(image, { DATABASE_URL: database.url }));
    assert.deepEqual(await tablesOf(database), ["a"]);
  });

  test("a file merged late is applied with a message, although a later one is already applied", async () => {
    const database = await suite.database();
    const image = suite.image(shopImage(database.url, "1.0.0", twoTables));
    assertDone(await upgrade(image));
    image.write("migrations/1_z.sql", "CREATE TABLE z ();");
    image.write("migrations/3_c.sql", "CREATE TABLE c ();");
    const ended = await upgrade(image);
    assertDone(ended);
    assert.match(ended.stderr, /1_z is out of order: some that come after it are applied already/);
    assert.doesNotMatch(ended.stderr, /3_c is out of order/);
    assert.deepEqual(await appliedIn(database), ["1_a", "2_b", "1_z", "3_c"]);
  });

  test("a release is recorded once, and an older image neither lowers it nor fails", async () => {
    const database = await suite.database();
    const older = suite.image(shopImage(database.url, "9.0.0", { "1_a": "SELECT 1;" }));
    const newer = suite.image(shopImage(database.url, "10.0.0", { "1_a": "SELECT 1;", "2_b": "SELECT 2;" }));
    for (const image of [older, newer, newer, older]) assertDone(await upgrade(image));
    assert.deepEqual(await releasesIn(database), ["shop@9.0.0", "shop@10.0.0"]);

    // Also if it has a pending migration.
    older.write("migrations/1_hotfix.sql", "SELECT 3;");
    assertDone(await upgrade(older));
    assert.deepEqual(await appliedIn(database), ["1_a", "2_b", "1_hotfix"]);
    assert.deepEqual(await releasesIn(database), ["shop@9.0.0", "shop@10.0.0"]);
  });

  test("one upgrade migrates two databases", async () => {
    const [one, two] = [await suite.database(), await suite.database()];
    const image = suite.image({
      ...configuration({
        app: { version: "1.0.0" },
        dependencies: {
          one: { kind: "schema", url: one.url },
          two: { kind: "schema", url: two.url, migrations: "./more" },
        },
      }),
      "migrations/1_a.sql": "CREATE TABLE a ();",
      "more/1_b.sql": "CREATE TABLE b ();",
    });
    assertDone(await upgrade(image));
    assert.deepEqual([await tablesOf(one), await tablesOf(two)], [["a"], ["b"]]);
  });

  test("two folders of migrations in one database have separate histories", async () => {
    const database = await suite.database();
    const files = { "one/0001_a.sql": "CREATE TABLE a ();", "two/0001_b.sql": "CREATE TABLE b ();" };
    const imageOf = (version: string, two: object, more: Readonly<Record<string, string>> = {}) =>
      suite.image({
        ...configuration({
          app: { name: "shop", version },
          dependencies: {
            one: { kind: "schema", url: database.url, migrations: "./one" },
            two: { kind: "schema", url: database.url, migrations: "./two", ...two },
          },
        }),
        ...files,
        ...more,
      });
    const refused = await upgrade(imageOf("1.0.0", {}));
    assert.equal(refused.code, 78);
    assert.match(
      refused.stderr,
      /dependencies\.one and dependencies\.two have one history, seaworthy\.migrations in the same database\. .*dependencies\.two\.table/,
    );
    assert.deepEqual(await tablesOf(database), []);
    const apart = { table: "shop.migrations" };
    assertDone(await upgrade(imageOf("1.0.0", apart)));
    assertDone(await upgrade(imageOf("1.1.0", apart, { "two/0002_c.sql": "CREATE TABLE c ();" })));
    assert.deepEqual(await tablesOf(database), ["a", "b", "c"]);
    const recorded = await database.query("SELECT name FROM shop.migrations ORDER BY position");
    assert.deepEqual(
      recorded.map(({ name }) => name),
      ["0001_b", "0002_c"],
    );
  });

  test("the upgrade waits for a database that comes up later", async () => {
    const database = await suite.database();
    const port = await freePort();
    const url = new URL(database.url);
    const behind = Number(url.port);
    url.port = String(port);
    const program = startUpgrade(suite.image(shopImage(url.href, "1.0.0", twoTables)));
    await program.waitForOutput("Trying again for up to 30 s");
    const proxy = createServer((socket) => void socket.pipe(connect(behind, "127.0.0.1")).pipe(socket));
    proxy.listen(port, "127.0.0.1");
    assertDone(await program.ended);
    proxy.close();
  });
});

describe("a SET in a migration does not affect the next one or the record", { concurrency: 4 }, () => {
  const role = "upgrade_reader";
  for (const [name, sql] of Object.entries({
    "an empty search_path": "SET search_path = ''",
    "a role without rights": `SET ROLE ${role}`,
    "another session user": `SET SESSION AUTHORIZATION ${role}`,
    "a setting through set_config": "SELECT set_config('search_path', '', false)",
  })) {
    for (const [how, head, next] of [
      ["", "", ""],
      [", without a transaction", "-- seaworthy: no-transaction\n", " SELECT 1;"],
      [
        ", without a transaction, before what commits by itself",
        "-- seaworthy: no-transaction\n",
        " DO $$ BEGIN END $$;",
      ],
    ] as const) {
      test(`${name}${how}`, async () => {
        const database = await suite.database();
        await database.query(
          `DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$`,
        );
        const set = `${head}${sql};${next}`;
        const migrations = { "1_set": set, "2_table": "CREATE TABLE a ();", "3_last": set };
        assertDone(await upgrade(suite.image(shopImage(database.url, "1.0.0", migrations))));
        assert.deepEqual(await database.query("SELECT tablename, tableowner FROM pg_tables WHERE tablename = 'a'"), [
          { tablename: "a", tableowner: "postgres" },
        ]);
        assert.deepEqual(await appliedIn(database), ["1_set", "2_table", "3_last"]);
        assert.deepEqual(await releasesIn(database), ["shop@1.0.0"]);
      });
    }
  }
});

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

describe("a migration and its record are one transaction", { concurrency: 4 }, () => {
  test("if the record cannot be written, the migration is rolled back", async () => {
    const database = await suite.database();
    const image = suite.image(shopImage(database.url, "1.0.0", { "1_a": "CREATE TABLE a ();" }));
    assertDone(await upgrade(image));
    await database.query("ALTER TABLE seaworthy.migrations ADD CHECK (name <> '2_b')");
    image.write("migrations/2_b.sql", "CREATE TABLE b ();");
    const ended = await upgrade(image);
    assert.equal(ended.code, 1, ended.stderr);
    assert.deepEqual(await tablesOf(database), ["a"]);
  });

  test("a migration that fails leaves no record", async () => {
    const database = await suite.database();
    const image = suite.image(shopImage(database.url, "1.0.0", { "1_a": "CREATE TABLE a (); SELECT 1 / 0;" }));
    const ended = await upgrade(image);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /cannot apply migration 1_a \(.*\/migrations\/1_a\.sql:\d+:\d+\): division by zero/);
    assert.deepEqual(await tablesOf(database), []);
    assert.deepEqual(await appliedIn(database), []);
  });
});

describe("hooks", { concurrency: 4 }, () => {
  const print = `printf '%s|%s|%s\n' "$DATABASE_URL" "$SEAWORTHY_FROM" "$SEAWORTHY_TO" > seen`;

  test("get the upgrade's URL, and the old and new release", async () => {
    const database = await suite.database();
    const admin = database.urlWith({ user: "postgres" });
    const image = suite.image(
      shopImage(database.url, "1.0.0", twoTables, { url: `${admin}?x=1`, after: [["sh", "-c", print]] }),
    );
    const seen = () => readFileSync(`${image.folder}/seen`, "utf8");
    const environment = { DATABASE_URL: "the app's" };
    assertDone(await upgrade(image, environment));
    assert.equal(seen(), `${admin}?x=1||1.0.0\n`);
    image.write("seaworthy.yaml", readFileSync(`${image.folder}/seaworthy.yaml`, "utf8").replace("1.0.0", "1.1.0"));
    assertDone(await upgrade(image, environment));
    assert.equal(seen(), `${admin}?x=1|1.0.0|1.1.0\n`);
  });

  test("run before and after the migrations, and their output appears line by line while they run", async () => {
    const database = await suite.database();
    const wait = "echo first; echo second >&2; until [ -e go ]; do sleep 0.02; done; printf third";
    const image = suite.image(
      shopImage(database.url, "1.0.0", twoTables, { before: [["sh", "-c", wait]], after: [["echo", "last"]] }),
    );
    const program = startUpgrade(image);
    await program.waitForOutput("[sh] first\n");
    await program.waitForOutput("[sh] second\n");
    assert.deepEqual(await tablesOf(database), []);
    image.write("go", "");
    const ended = await program.ended;
    assertDone(ended);
    assert.match(ended.stderr, /\[sh\] third\n[^]*applied 2_b[^]*\[echo\] last\n[^]*upgraded shop/);
    assert.equal(ended.stdout, "");
  });

  for (const [title, code, says] of [
    ["succeeds", 0, /upgrade\.before\[0\] \(sh\) has ended, but something that it started goes on[^]*upgraded shop/],
    ["fails", 1, /upgrade\.before\[0\] \(sh\) failed with exit code 3\./],
  ] as const) {
    test(`one that ${title} does not delay the upgrade with a daemon that it leaves behind`, async () => {
      const database = await suite.database();
      const hook = `sh -c 'echo $$ > daemon; until [ -e go ]; do sleep 0.02; done' & echo said; exit ${code * 3}`;
      const image = suite.image(shopImage(database.url, "1.0.0", twoTables, { before: [["sh", "-c", hook]] }));
      const ended = await upgrade(image);
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, /\[sh\] said\n/);
      assert.match(ended.stderr, says);
      assert.deepEqual(await tablesOf(database), code === 0 ? ["a", "b"] : []);
      // The daemon keeps running.
      process.kill(Number(readFileSync(`${image.folder}/daemon`, "utf8")), 0);
      image.write("go", "");
    });
  }
});

describe("roles", { concurrency: 4 }, () => {
  test("the upgrade's role changes the schema; the app's role can only read the record", async () => {
    const database = await suite.database();
    const name = new URL(database.url).pathname.slice(1);
    await database.query(`CREATE ROLE ${name}_admin LOGIN PASSWORD 'admin'; CREATE ROLE ${name}_app LOGIN PASSWORD 'app';
      GRANT CREATE ON DATABASE ${name} TO ${name}_admin; GRANT CREATE ON SCHEMA public TO ${name}_admin`);
    const appUrl = database.urlWith({ user: `${name}_app`, password: "app" });
    const environment = { UPGRADE_DATABASE_URL: database.urlWith({ user: `${name}_admin`, password: "admin" }) };
    const image = suite.image({
      ...configuration({
        app: { name: "shop", version: "1.0.0" },
        dependencies: { schema: { kind: "schema", url: appUrl }, release: { kind: "release", url: appUrl } },
        upgrade: { url: "${UPGRADE_DATABASE_URL}" },
      }),
      "migrations/1_a.sql": "CREATE TABLE a ();",
    });
    const status = () => runProgram(["--status"], { workingDirectory: image.folder });
    const before = await status();
    assert.equal(before.code, 1);
    assert.match(before.stdout, /schema +schema +1_a +nothing +behind\nrelease +release +>=1\.0\.0 +nothing +behind/);
    assertDone(await upgrade(image, environment));
    const after = await status();
    assert.equal(after.code, 0, after.stdout);
    assert.match(
      after.stdout,
      /schema +schema +1_a +1_a +compatible\nrelease +release +>=1\.0\.0 +1\.0\.0 +compatible/,
    );

    // Control: the app's role cannot do it.
    image.write("migrations/2_b.sql", "CREATE TABLE b ();");
    const refused = await upgrade(image, { UPGRADE_DATABASE_URL: appUrl });
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /permission denied .*upgrade\.url/);
    assert.deepEqual(await tablesOf(database), ["a"]);
    await database.query(
      `DROP TABLE a; DROP SCHEMA seaworthy CASCADE; DROP OWNED BY ${name}_admin; DROP ROLE ${name}_admin, ${name}_app`,
    );
  });

  test("a role without the right to create the record: exit 1 with a clear message, no internal error", async () => {
    const database = await suite.database();
    const name = new URL(database.url).pathname.slice(1);
    await database.query(`CREATE ROLE ${name}_app LOGIN PASSWORD 'app'`);
    const image = suite.image(
      shopImage(database.urlWith({ user: `${name}_app`, password: "app" }), "1.0.0", twoTables),
    );
    const ended = await upgrade(image);
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /cannot use what upgrades record: permission denied for database.*upgrade\.url/);
    await database.query(`DROP ROLE ${name}_app`);
  });
});

test("a running upgrade answers probes: /livez and /health are 200, even with pending migrations", async () => {
  const database = await suite.database();
  const gate = await closeGate(database);
  const listen = `127.0.0.1:${await freePort()}`;
  const image = suite.image(shopImage(database.url, "1.0.0", { "1_slow": passGate }));
  const program = startUpgrade(image, { SEAWORTHY_HEALTH_LISTEN: listen });
  await waitForArrival(database);
  await waitFor("an answer", () =>
    ask(`http://${listen}/livez`).then(
      () => true,
      () => false,
    ),
  );
  for (const path of ["/livez", "/health", "/readyz"]) {
    const { status, text } = await ask(`http://${listen}${path}`);
    assert.equal(status, 200);
    const body = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual([body["status"], body["phase"]], ["pass", "upgrade"]);
  }
  const probe = await runProgram(["--health"], { environment: { SEAWORTHY_HEALTH_LISTEN: listen } });
  assert.deepEqual([probe.code, probe.stderr], [0, ""]);
  await gate.release();
  assertDone(await program.ended);
  // Control: the upgrade gave these answers.
  await assert.rejects(ask(`http://${listen}/livez`));
});

test("a port in use does not stop an upgrade", async () => {
  const database = await suite.database();
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const listen = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  const image = suite.image(shopImage(database.url, "1.0.0", twoTables));
  assertDone(await upgrade(image, { SEAWORTHY_HEALTH_LISTEN: listen }));
  taken.close();
});
