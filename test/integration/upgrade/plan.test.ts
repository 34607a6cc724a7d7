import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { TestDatabase } from "../../harness/database.ts";
import type { Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { openSession } from "../../fixtures/upgrade/session.ts";
import { run, shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";

const suite = openSuite();
after(() => suite.end());

const migrations = {
  "1_a.sql": "CREATE TABLE a (id int);",
  "2_index.sql": "-- seaworthy: no-transaction\nCREATE INDEX CONCURRENTLY a_id ON a (id);",
  "4_drop.sql": "-- seaworthy: contract 1.0.0\nALTER TABLE a DROP COLUMN id;",
};

interface PlanDocument {
  readonly app: object;
  readonly migrations: readonly Readonly<Record<string, unknown>>[];
  readonly hooks: readonly string[];
  readonly drift: readonly unknown[];
  readonly nothingToDo: boolean;
}

async function plan(image: Image, code: number): Promise<{ readonly text: string; readonly json: PlanDocument }> {
  const text = await run(image, ["--plan"]);
  assert.equal(text.code, code, text.stderr);
  const json = await run(image, ["--plan", "--json"]);
  assert.equal(json.code, code, json.stderr);
  assert.equal(text.stderr + json.stderr, "");
  return { text: text.stdout, json: JSON.parse(json.stdout) as PlanDocument };
}

/** All named objects in the database, and the write time of each row that upgrades record. */
async function everythingIn(database: TestDatabase): Promise<unknown> {
  const recorded = ["migrations", "releases"].map(async (name) => {
    const [found] = await database.query(`SELECT to_regclass('seaworthy.${name}') AS table`);
    if (found?.["table"] === null) return [];
    return database.query(`SELECT xmin::text, t::text AS row FROM seaworthy.${name} AS t ORDER BY 2`);
  });
  const catalog = await database.query(`
    SELECT 'namespace' AS kind, oid::text, nspname::text AS name, nspacl::text AS more FROM pg_namespace
      WHERE nspname !~ '^pg_(toast_)?temp'
    UNION ALL SELECT 'class', oid::text, relname, relfilenode::text FROM pg_class
    UNION ALL SELECT 'attribute', attrelid::text, attname, atttypid::text FROM pg_attribute
    UNION ALL SELECT 'type', oid::text, typname, typowner::text FROM pg_type
    UNION ALL SELECT 'proc', oid::text, proname, proacl::text FROM pg_proc
    UNION ALL SELECT 'constraint', oid::text, conname, convalidated::text FROM pg_constraint
    UNION ALL SELECT 'setting', setdatabase::text, setrole::text, setconfig::text FROM pg_db_role_setting
    UNION ALL SELECT 'lock', pid::text, mode, objid::text FROM pg_locks WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY 1, 2, 3, 4`);
  return { catalog, recorded: await Promise.all(recorded) };
}

describe("--plan", { concurrency: 3 }, () => {
  test("before the first upgrade: all migrations in order, with size, tier and directives; exit 3", async () => {
    const database = await suite.database();
    const hooks = { before: [["true"]], after: [["true"], ["true"]] };
    const image = suite.image(shopFiles({ url: database.url, migrations, upgrade: hooks }));
    const before = await everythingIn(database);
    const { text, json } = await plan(image, 3);
    assert.deepEqual(await everythingIn(database), before);

    assert.deepEqual(json.app, { name: "shop", from: null, to: "1.0.0" });
    assert.equal(json.nothingToDo, false);
    assert.deepEqual(json.hooks, ["upgrade.before[0]", "upgrade.after[0]", "upgrade.after[1]"]);
    const essential = json.migrations.map(({ name, size, tier, floor, transaction, outOfOrder }) => [
      name,
      size,
      tier,
      floor,
      transaction,
      outOfOrder,
    ]);
    assert.deepEqual(essential, [
      ["1_a", migrations["1_a.sql"].length, "expand", undefined, true, false],
      ["2_index", migrations["2_index.sql"].length, "expand", undefined, false, false],
      ["4_drop", migrations["4_drop.sql"].length, "contract", "1.0.0", true, false],
    ]);
    assert.match(text, /^shop \(no release\) → 1\.0\.0: 3 to apply\n/);
    assert.match(
      text,
      /hook +upgrade\.before\[0\]\n[^]*1_a[^]*2_index {2}\(.*no transaction\)[^]*hook +upgrade\.after\[1\]\n$/,
    );
    assert.match(text, /contract +4_drop {2}\(.*leaves apps from 1\.0\.0 on working\)/);
  });

  test("app.from is the recorded release, and app.to is the image's version, or null if it has none", async () => {
    const database = await suite.database();
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    await upgrade(image);
    assert.deepEqual((await plan(image, 0)).json.app, { name: "shop", from: "1.0.0", to: "1.0.0" });
    const configure = (app: object) =>
      image.write(
        "seaworthy.yaml",
        JSON.stringify({ app, dependencies: { schema: { kind: "schema", url: database.url } } }),
      );
    configure({ name: "shop", version: "2.0.0" });
    assert.deepEqual((await plan(image, 3)).json.app, { name: "shop", from: "1.0.0", to: "2.0.0" });
    configure({ name: "shop" });
    const unversioned = await plan(image, 0);
    assert.deepEqual(unversioned.json.app, { name: "shop", from: "1.0.0", to: null });
    assert.doesNotMatch(unversioned.text, /undefined|null/);
    // Control: an app that has never been upgraded here has no recorded release.
    configure({ name: "other" });
    assert.deepEqual((await plan(image, 0)).json.app, { name: "other", from: null, to: null });
  });

  test("after it: nothing to do, exit 0; then a file merged late is out of order", async () => {
    const database = await suite.database();
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    await upgrade(image);
    const before = await everythingIn(database);
    const done = await plan(image, 0);
    assert.match(
      done.text,
      /^shop 1\.0\.0 → 1\.0\.0: nothing to do\n {2}in +Postgres at \S+ as postgres \(dependencies\.schema\.url in .*\)\n$/,
    );
    assert.equal(done.json.nothingToDo, true);
    assert.deepEqual(done.json.migrations, []);

    image.write("migrations/3_late.sql", "SELECT 1");
    image.write("migrations/5_last.sql", "SELECT 1");
    const { text, json } = await plan(image, 3);
    assert.deepEqual(
      json.migrations.map(({ name, outOfOrder }) => [name, outOfOrder]),
      [
        ["3_late", true],
        ["5_last", false],
      ],
    );
    assert.match(text, /3_late {2}\(8 B, out of order\)\n/);
    assert.deepEqual(await everythingIn(database), before);

    // Control: this check notices an upgrade.
    await upgrade(image);
    assert.notDeepEqual(await everythingIn(database), before);
  });

  test("finds changes to live objects, and nothing in an empty database", async () => {
    const database = await suite.database();
    const first = {
      "1_a.sql": "CREATE TABLE a (id int); DROP TABLE IF EXISTS old; REVOKE ALL ON SCHEMA public FROM PUBLIC;",
      "2_b.sql": "CREATE INDEX ON a (id); ALTER TABLE a ADD no bigserial; DROP VIEW IF EXISTS v;",
    };
    const image = suite.image(shopFiles({ url: database.url, migrations: first }));
    const findings = async () => {
      const { json } = await plan(image, 3);
      return json.migrations.map(({ name, findings: found }) => [
        name,
        ...(found as readonly { readonly rule: string }[]).map(({ rule }) => rule),
      ]);
    };
    assert.deepEqual(await findings(), [["1_a"], ["2_b"]]);
    assert.equal((await run(image, ["--plan", "--strict"])).code, 0);

    await upgrade(image);
    image.write("migrations/3_c.sql", "create table if not exists a(id int); drop table a;");
    image.write("migrations/4_d.sql", "DROP TABLE IF EXISTS never; CREATE TABLE b (); ALTER TABLE b ADD id bigserial;");
    const before = await everythingIn(database);
    assert.deepEqual(await findings(), [["3_c", "drop-table"], ["4_d"]]);
    assert.equal((await run(image, ["--plan", "--strict"])).code, 3);
    assert.deepEqual(await everythingIn(database), before);
  });

  test("is complete even if its reader is slow", async () => {
    const database = await suite.database();
    await database.query("CREATE TABLE live ()");
    const many = 6000;
    const image = suite.image(shopFiles({ url: database.url, migrations: { "1_a.sql": "RESET ALL;\n".repeat(many) } }));
    const { stdout } = await run(image, ["--plan", "--json"]);
    const { migrations: planned } = JSON.parse(stdout) as PlanDocument;
    assert.equal((planned[0]?.["findings"] as readonly unknown[] | undefined)?.length, many);
    // More than fits into the buffer of a pipe or socket.
    assert.equal(stdout.length > 2_000_000, true);
  });

  test("works on a read-only database", async () => {
    const database = await suite.database();
    const readOnly = `${database.url}?options=-c%20default_transaction_read_only%3Don`;
    const image = suite.image(shopFiles({ url: readOnly, migrations }));
    await plan(image, 3);
    // Control: an upgrade does not work there.
    assert.match((await upgrade(image, [], 78)).stderr, /default_transaction_read_only is on/);
  });

  test("does not wait for a running upgrade, and reports why it has no plan", async () => {
    const database = await suite.database();
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    await upgrade(image);
    await using other = await openSession(database, "other");
    await other.query("BEGIN; LOCK seaworthy.migrations, seaworthy.releases");
    const { code, stderr } = await run(image, ["--plan"]);
    assert.equal(code, 75, stderr);
    assert.doesNotMatch(stderr, /internal error/);
  });

  test("a database that cannot be reached: 69", async () => {
    const image = suite.image(shopFiles({ url: "postgres://nobody@127.0.0.1:1/none", migrations }));
    const { code, stderr } = await run(image, ["--plan"]);
    assert.equal(code, 69, stderr);
  });
});
