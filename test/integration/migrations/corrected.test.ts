import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { TestDatabase } from "../../harness/database.ts";
import type { Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { run, shopFiles, upgrade, type ShopOptions } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, tablesOf } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const noTransaction = (sql: string) => `-- seaworthy: no-transaction\n${sql}`;
const failing = "ALTER TABLE nosuch ADD COLUMN a int;";

interface Begun {
  readonly database: TestDatabase;
  readonly image: Image;
  readonly write: (sql: string) => void;
}

/** A migration whose last statement failed after the others were done. */
async function begin(sql: string, options: Partial<ShopOptions> = {}): Promise<Begun> {
  const database = await suite.database();
  const migrations = { "1_steps.sql": noTransaction(sql) };
  const image = suite.image(shopFiles({ url: database.url, ...options, migrations }));
  await upgrade(image, [], 1);
  return { database, image, write: (text) => image.write("migrations/1_steps.sql", noTransaction(text)) };
}

async function assertRefused({ database, image }: Begun, message: RegExp): Promise<void> {
  const before = await tablesOf(database);
  for (const flag of ["--plan", "--upgrade"]) {
    const { code, stderr } = await run(image, [flag]);
    assert.equal(code, 78, stderr);
    assert.match(stderr, message);
  }
  assert.deepEqual(await tablesOf(database), before);
  const status = await run(image, ["--status"]);
  assert.equal(status.code, 1);
  assert.match(status.stdout, /dirty/);
}

async function assertFinished({ database, image }: Begun, tables: readonly string[]): Promise<void> {
  assert.deepEqual(await tablesOf(database), tables);
  assert.equal((await run(image, ["--status"])).code, 0);
  assert.match((await upgrade(image)).stderr, /nothing to do/);
  assert.deepEqual(await database.query("SELECT * FROM seaworthy.migrations_steps"), []);
  // The recorded checksum is that of the corrected file: a later version finds no drift.
  image.write("migrations/9_last.sql", "SELECT 1;");
  image.write("seaworthy.yaml", configurationOf(database, "9.0.0"));
  await upgrade(image);
}

function configurationOf({ url }: TestDatabase, version: string): string {
  return String(shopFiles({ url, version, migrations: {} })["seaworthy.yaml"]);
}

describe("a corrected migration is never resumed by counting", { concurrency: 3 }, () => {
  test("a changed first statement is refused, with the fix", async () => {
    const begun = await begin(`CREATE TABLE a1 (); ${failing} CREATE TABLE a3 ();`);
    begun.write("CREATE TABLE b1 (); CREATE TABLE a3 ();");
    await assertRefused(
      begun,
      /1_steps\.sql:2:1: the migration 1_steps was begun, its first statement is done, and statement 1 has been changed since/,
    );
    const { stderr } = await upgrade(begun.image, [], 78);
    assert.match(
      stderr,
      /2 \| CREATE TABLE b1[^]*\^[^]*Put back what is done[^]*--accept-drift 1_steps[^]*nothing was changed/,
    );

    begun.write("CREATE TABLE a1 (); CREATE TABLE b2 (); CREATE TABLE a3 ();");
    assert.match((await upgrade(begun.image)).stderr, /resuming 1_steps: its first statement is done/);
    await assertFinished(begun, ["a1", "a3", "b2"]);
  });

  const done = "CREATE TABLE a1 (); SET search_path = public; CREATE TABLE a2 ();";
  const changes: Readonly<Record<string, readonly [sql: string, message: RegExp]>> = {
    "a statement inserted before": [`CREATE TABLE b1 (); ${done}`, /:2:1: .* statement 1 has been changed since/],
    "a statement inserted between": [
      "CREATE TABLE a1 (); CREATE TABLE b1 (); SET search_path = public; CREATE TABLE a2 ();",
      /:2:21: .* its first 3 statements are done, and statement 2 has/,
    ],
    "another order": ["CREATE TABLE a2 (); SET search_path = public; CREATE TABLE a1 ();", /statement 1 has/],
    "the first one removed": ["SET search_path = public; CREATE TABLE a2 (); SELECT 1;", /statement 1 has/],
    "all of them removed": ["SELECT 1;", /statement 1 has/],
    "the last one removed, with none after it": [
      "CREATE TABLE a1 (); SET search_path = public;",
      /1_steps\.sql: .* statement 3 is no longer in the file/,
    ],
    "another setting": [done.replace("= public", "= pg_temp"), /:2:21: .* statement 2 has/],
    "other white space in a quoted name": [done.replace("a1 ()", 'a1 ("b  c" int)'), /statement 1 has/],
    "another letter in a quoted name": [done.replace("a2", '"A2"'), /statement 3 has/],
  };
  for (const [title, [sql, message]] of Object.entries(changes)) {
    test(`${title} is refused`, async () => {
      const begun = await begin(`${done} ${failing}`);
      begun.write(`${sql} SELECT 2;`.replace(/SET search_path = public; SELECT 2;$/, "SET search_path = public;"));
      await assertRefused(begun, message);
      // Control: with the original file it resumes.
      begun.write(`${done} SELECT 2;`);
      await upgrade(begun.image);
      await assertFinished(begun, ["a1", "a2"]);
    });
  }

  test("white space, comments, line endings and upper or lower case may change", async () => {
    const begun = await begin(`CREATE TABLE a1 (b text DEFAULT 'x;'); -- one\nINSERT INTO a1 VALUES ('é'); ${failing}`);
    begun.write(
      "\r\n/* all */ create table\r\n\tA1 ( b TEXT default 'x;' )\r\n;; insert into a1 -- two\r\n values ('é');\r\nCREATE TABLE a2 ();",
    );
    await upgrade(begun.image);
    assert.deepEqual(await begun.database.query("SELECT b FROM a1"), [{ b: "é" }]);
    await assertFinished(begun, ["a1", "a2"]);
  });

  test("two statements with the same text count as two", async () => {
    const insert = "INSERT INTO a1 VALUES (1);";
    const begun = await begin(`CREATE TABLE a1 (b int); ${insert} ${insert} ${failing} ${insert}`);
    begun.write(`CREATE TABLE a1 (b int); ${insert} ${failing}`);
    await assertRefused(begun, /statement 3 has been changed since/);
    begun.write(`CREATE TABLE a1 (b int); ${insert} ${insert} ${insert}`);
    await upgrade(begun.image);
    assert.equal((await begun.database.query("SELECT FROM a1")).length, 3);
    await assertFinished(begun, ["a1"]);
  });

  test("a setting after the done statements may change, such as a timeout that was too short", async () => {
    const begun = await begin(
      "CREATE TABLE a1 (); SET statement_timeout = '50ms'; SELECT pg_sleep(5); CREATE TABLE a2 ();",
    );
    begun.write("CREATE TABLE a1 (); SET statement_timeout = '50s'; SELECT pg_sleep(0.1); CREATE TABLE a2 ();");
    await upgrade(begun.image);
    await assertFinished(begun, ["a1", "a2"]);
  });

  test("a statement outside a transaction is recorded as well", async () => {
    const begun = await begin(`CREATE TABLE a1 (b int); CREATE INDEX CONCURRENTLY i ON a1 (b); VACUUM a1; ${failing}`);
    begun.write("CREATE TABLE a1 (b int); CREATE INDEX CONCURRENTLY j ON a1 (b); VACUUM a1; SELECT 1;");
    await assertRefused(begun, /1_steps\.sql:2:26: .* its first 3 statements are done, and statement 2 has/);
  });

  test("--accept-drift makes the current file count as the one that was done", async () => {
    const begun = await begin(`CREATE TABLE a1 (); ${failing} CREATE TABLE a3 ();`);
    await begun.database.query("ALTER TABLE a1 RENAME TO b1");
    begun.write(`CREATE TABLE b1 (); ${failing} CREATE TABLE a3 ();`);
    await upgrade(begun.image, ["--accept-drift", "1_steps"], 1);
    // From then on the current file counts.
    begun.write("CREATE TABLE b1 (); CREATE TABLE a3 ();");
    await upgrade(begun.image);
    await assertFinished(begun, ["a3", "b1"]);
  });

  test("the plan shows that the migration was begun", async () => {
    const begun = await begin(`SELECT 1; SELECT 2; ${failing}`);
    begun.write("SELECT 1; SELECT 2; SELECT 3;");
    assert.match((await run(begun.image, ["--plan"])).stdout, /begun: its first 2 statements are done/);
    const plan = JSON.parse((await run(begun.image, ["--plan", "--json"])).stdout) as {
      readonly migrations: readonly { readonly resumesAfter?: number }[];
    };
    assert.equal(plan.migrations[0]?.resumesAfter, 2);
  });
});

describe("a migration that was begun by an earlier version, which recorded only a number", { concurrency: 3 }, () => {
  async function beginLongAgo(): Promise<Begun> {
    const begun = await begin(`CREATE TABLE a1 (); ${failing}`);
    await begun.database.query("DROP TABLE seaworthy.migrations_steps");
    return begun;
  }

  test("resumes if the file is unchanged", async () => {
    const begun = await beginLongAgo();
    await begun.database.query("CREATE TABLE nosuch ()");
    await upgrade(begun.image);
    await assertFinished(begun, ["a1", "nosuch"]);
  });

  test("is refused if the file has changed, and resumes once that is accepted", async () => {
    const begun = await beginLongAgo();
    begun.write("CREATE TABLE b1 (); CREATE TABLE a2 ();");
    await assertRefused(
      begun,
      /its first statement is done, and the file has been changed since, and the version of seaworthy that began it did not record/,
    );
    begun.write("CREATE TABLE a1 (); CREATE TABLE a2 ();");
    await upgrade(begun.image, ["--accept-drift", "1_steps"]);
    await assertFinished(begun, ["a1", "a2"]);
  });

  test("and continued by it later: the record has too few statements", async () => {
    const begun = await begin(`CREATE TABLE a1 (); ${failing}`);
    await begun.database.query("CREATE TABLE a2 (); UPDATE seaworthy.migrations SET statements = 2");
    begun.write("CREATE TABLE a1 (); CREATE TABLE a2 (); SELECT 1;");
    await assertRefused(begun, /its first 2 statements are done, and the file has been changed/);
  });
});

describe("a migration that was begun, and whose file is missing", { concurrency: 3 }, () => {
  test("renamed: refused, and resumed under the new name once that is accepted", async () => {
    const begun = await begin(`CREATE TABLE a1 (); ${failing}`);
    begun.image.remove("migrations/1_steps.sql");
    begun.image.write("migrations/1_others.sql", noTransaction(`CREATE TABLE a1 (); ${failing}`));
    const { stderr } = await upgrade(begun.image, [], 78);
    assert.match(stderr, /1_steps was renamed to 1_others after it was begun\. .* --accept-drift 1_others/);
    await upgrade(begun.image, ["--accept-drift", "1_others"], 1);
    begun.image.write("migrations/1_others.sql", noTransaction("CREATE TABLE b1 (); SELECT 1"));
    assert.match((await upgrade(begun.image, [], 78)).stderr, /1_others was begun, .* statement 1 has been changed/);
    begun.image.write("migrations/1_others.sql", noTransaction("CREATE TABLE a1 (); CREATE TABLE a2 ();"));
    await upgrade(begun.image);
    assert.deepEqual(await appliedIn(begun.database), ["1_others"]);
    await assertFinished(begun, ["a1", "a2"]);
  });

  for (const [title, version] of [
    ["with a version", "1.0.1"],
    ["without one", undefined],
  ] as const) {
    test(`renamed and changed, in an image ${title}: refused, and forgotten once that is accepted`, async () => {
      const app = version === undefined ? { name: "shop" } : { name: "shop", version };
      const begun = await begin(
        `INSERT INTO a1 VALUES (1); ${failing}`.replace(/^/, "CREATE TABLE IF NOT EXISTS a1 (b int);"),
        {
          settings: { app },
        },
      );
      begun.image.remove("migrations/1_steps.sql");
      begun.image.write("migrations/2_new.sql", "INSERT INTO a1 VALUES (2);");
      const { stderr } = await upgrade(begun.image, [], 78);
      assert.match(
        stderr,
        /1_steps was begun and not finished, and its file is not in this image\. .* --accept-drift 1_steps/,
      );
      assert.equal((await begun.database.query("SELECT FROM a1")).length, 1);
      await upgrade(begun.image, ["--accept-drift", "1_steps"]);
      assert.deepEqual(await appliedIn(begun.database), ["2_new"]);
      assert.equal((await run(begun.image, ["--status"])).code, 0);
    });
  }

  test("control: an older image ignores a migration that a newer image has begun", async () => {
    const begun = await begin(`CREATE TABLE a1 (); ${failing}`, { version: "2.0.0" });
    begun.image.remove("migrations/1_steps.sql");
    begun.image.write("migrations/0_old.sql", "CREATE TABLE old ();");
    begun.image.write("seaworthy.yaml", configurationOf(begun.database, "1.0.0"));
    const { code, stderr } = await run(begun.image, ["--upgrade"]);
    assert.doesNotMatch(stderr, /begun and not finished/);
    assert.deepEqual(await tablesOf(begun.database), ["a1", "old"], `${code} ${stderr}`);
  });
});

test("only the upgrade's role can read the hashes, and their table exists only if there is something to record", async () => {
  const { database } = await begin(`CREATE TABLE a1 (); ${failing}`);
  const [row] = await database.query(
    "SELECT relacl::text FROM pg_class WHERE oid = 'seaworthy.migrations_steps'::regclass",
  );
  assert.equal(row?.["relacl"], null);
  const other = await suite.database();
  await upgrade(suite.image(shopFiles({ url: other.url, migrations: { "1_a.sql": "CREATE TABLE a ();" } })));
  assert.deepEqual(await other.query("SELECT to_regclass('seaworthy.migrations_steps') AS steps"), [{ steps: null }]);
});
