import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { configuration } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { runProgram } from "../../harness/program.ts";
import { assertDone, twoTables, upgrade } from "./run-upgrade.ts";
import { appliedIn, releasesIn, shopImage, tablesOf } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

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
    assert.match(ended.stderr, /cannot use seaworthy.s tables: permission denied for database.*upgrade\.url/);
    await database.query(`DROP ROLE ${name}_app`);
  });
});
