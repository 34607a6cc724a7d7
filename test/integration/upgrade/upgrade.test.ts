import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";
import { after, describe, test } from "node:test";
import { configuration } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { freePort } from "../../harness/postgres.ts";
import { assertDone, startUpgrade, twoTables, upgrade } from "./run-upgrade.ts";
import { appliedIn, releasesIn, shopImage, tablesOf, takeUpgradeLock } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

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
    assert.match(ended.stderr, /1_z is out of order: later migrations are already applied/);
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
