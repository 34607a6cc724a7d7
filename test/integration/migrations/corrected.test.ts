import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { run, shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import { assertFinished, assertRefused, begin, failing } from "./begin-migration.ts";

const suite = openSuite();
after(() => suite.end());

describe("a corrected migration is never resumed by counting", { concurrency: 3 }, () => {
  test("a changed first statement is refused, with the fix", async () => {
    const begun = await begin(suite, `CREATE TABLE a1 (); ${failing} CREATE TABLE a3 ();`);
    begun.write("CREATE TABLE b1 (); CREATE TABLE a3 ();");
    await assertRefused(
      begun,
      /1_steps\.sql:2:1: the migration 1_steps was begun, its first statement is done, and statement 1 has been changed since/,
    );
    const { stderr } = await upgrade(begun.image, [], 78);
    assert.match(
      stderr,
      /2 \| CREATE TABLE b1[^]*\^[^]*Put back the finished statements[^]*--accept-drift 1_steps[^]*nothing was changed/,
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
      const begun = await begin(suite, `${done} ${failing}`);
      begun.write(`${sql} SELECT 2;`.replace(/SET search_path = public; SELECT 2;$/, "SET search_path = public;"));
      await assertRefused(begun, message);
      // Control: with the original file it resumes.
      begun.write(`${done} SELECT 2;`);
      await upgrade(begun.image);
      await assertFinished(begun, ["a1", "a2"]);
    });
  }

  test("white space, comments, line endings and upper or lower case may change", async () => {
    const begun = await begin(
      suite,
      `CREATE TABLE a1 (b text DEFAULT 'x;'); -- one\nINSERT INTO a1 VALUES ('é'); ${failing}`,
    );
    begun.write(
      "\r\n/* all */ create table\r\n\tA1 ( b TEXT default 'x;' )\r\n;; insert into a1 -- two\r\n values ('é');\r\nCREATE TABLE a2 ();",
    );
    await upgrade(begun.image);
    assert.deepEqual(await begun.database.query("SELECT b FROM a1"), [{ b: "é" }]);
    await assertFinished(begun, ["a1", "a2"]);
  });

  test("two statements with the same text count as two", async () => {
    const insert = "INSERT INTO a1 VALUES (1);";
    const begun = await begin(suite, `CREATE TABLE a1 (b int); ${insert} ${insert} ${failing} ${insert}`);
    begun.write(`CREATE TABLE a1 (b int); ${insert} ${failing}`);
    await assertRefused(begun, /statement 3 has been changed since/);
    begun.write(`CREATE TABLE a1 (b int); ${insert} ${insert} ${insert}`);
    await upgrade(begun.image);
    assert.equal((await begun.database.query("SELECT FROM a1")).length, 3);
    await assertFinished(begun, ["a1"]);
  });

  test("a setting after the done statements may change, such as a timeout that was too short", async () => {
    const begun = await begin(
      suite,
      "CREATE TABLE a1 (); SET statement_timeout = '50ms'; SELECT pg_sleep(5); CREATE TABLE a2 ();",
    );
    begun.write("CREATE TABLE a1 (); SET statement_timeout = '50s'; SELECT pg_sleep(0.1); CREATE TABLE a2 ();");
    await upgrade(begun.image);
    await assertFinished(begun, ["a1", "a2"]);
  });

  test("a statement outside a transaction is recorded as well", async () => {
    const begun = await begin(
      suite,
      `CREATE TABLE a1 (b int); CREATE INDEX CONCURRENTLY i ON a1 (b); VACUUM a1; ${failing}`,
    );
    begun.write("CREATE TABLE a1 (b int); CREATE INDEX CONCURRENTLY j ON a1 (b); VACUUM a1; SELECT 1;");
    await assertRefused(begun, /1_steps\.sql:2:26: .* its first 3 statements are done, and statement 2 has/);
  });

  test("--accept-drift makes the current file count as the one that was done", async () => {
    const begun = await begin(suite, `CREATE TABLE a1 (); ${failing} CREATE TABLE a3 ();`);
    await begun.database.query("ALTER TABLE a1 RENAME TO b1");
    begun.write(`CREATE TABLE b1 (); ${failing} CREATE TABLE a3 ();`);
    await upgrade(begun.image, ["--accept-drift", "1_steps"], 1);
    // From then on the current file counts.
    begun.write("CREATE TABLE b1 (); CREATE TABLE a3 ();");
    await upgrade(begun.image);
    await assertFinished(begun, ["a3", "b1"]);
  });

  test("the plan shows that the migration was begun", async () => {
    const begun = await begin(suite, `SELECT 1; SELECT 2; ${failing}`);
    begun.write("SELECT 1; SELECT 2; SELECT 3;");
    assert.match((await run(begun.image, ["--plan"])).stdout, /begun: its first 2 statements are done/);
    const plan = JSON.parse((await run(begun.image, ["--plan", "--json"])).stdout) as {
      readonly migrations: readonly { readonly resumesAfter?: number }[];
    };
    assert.equal(plan.migrations[0]?.resumesAfter, 2);
  });
});

test("only the upgrade's role can read the hashes, and their table exists only if there is something to record", async () => {
  const { database } = await begin(suite, `CREATE TABLE a1 (); ${failing}`);
  const [row] = await database.query(
    "SELECT relacl::text FROM pg_class WHERE oid = 'seaworthy.migrations_steps'::regclass",
  );
  assert.equal(row?.["relacl"], null);
  const other = await suite.database();
  await upgrade(suite.image(shopFiles({ url: other.url, migrations: { "1_a.sql": "CREATE TABLE a ();" } })));
  assert.deepEqual(await other.query("SELECT to_regclass('seaworthy.migrations_steps') AS steps"), [{ steps: null }]);
});
