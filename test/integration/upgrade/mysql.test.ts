import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { assertCode, run, shopFiles, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { configuration } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { waitFor } from "../../harness/wait.ts";
import { createShopDatabase } from "./mysql-shop.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());
const create = () => createShopDatabase(mariadb(), suite);
const skip = lacksMariadb() ?? false;

const first = { "1_a.sql": "CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY, n int);" };
const second = { "2_b.sql": "ALTER TABLE a ADD COLUMN b int; INSERT INTO a (n) VALUES (1);" };

describe("an app on MariaDB", { skip, concurrency: 2 }, () => {
  test("is planned, upgraded, and compatible; then there is nothing to do", async () => {
    await using database = await create();
    const image = database.image({ migrations: { ...first, ...second } });
    const plan = await run(image, ["--plan"]);
    assertCode(plan, 3);
    assert.match(plan.stdout, /2 to apply[^]*1_a +\([^)]*linted without a grammar[^]*2_b/);
    assert.match((await run(image, ["--status"])).stdout, /nothing +behind/);
    assert.match((await upgrade(image)).stderr, /applied 1_a[^]*applied 2_b[^]*upgraded shop to 1\.0\.0/);
    assert.deepEqual(await database.applied(), ["1_a", "2_b"]);
    assert.deepEqual(await database.releases(), ["shop@1.0.0"]);
    const status = await run(image, ["--status"]);
    assertCode(status, 0);
    assert.match(status.stdout, /2_b +2_b +compatible/);
    assert.match((await upgrade(image)).stderr, /nothing to do/);
    assertCode(await run(image, ["--plan"]), 0);
  });

  test("--plan lints what is pending against what the database has", async () => {
    await using database = await create();
    const image = database.image({ migrations: first });
    await upgrade(image);
    const sql = "ALTER TABLE a DROP COLUMN n;\nDROP TABLE IF EXISTS nothing;\nCREATE TABLE c (id int); DROP TABLE c;";
    const next = database.image({ migrations: { ...first, "2_b.sql": sql } });
    const strict = await run(next, ["--plan", "--strict", "--json"]);
    assertCode(strict, 3);
    const [planned] = JSON.parse(strict.stdout).migrations;
    assert.deepEqual([planned.linted, planned.grammar], [true, false]);
    assert.partialDeepStrictEqual(planned.findings, [{ rule: "drop-column", line: 1, column: 15 }]);
    assert.equal(planned.findings.length, 1);
    // Control: a contract migration is meant to remove something.
    const contract = database.image({ migrations: { ...first, "2_b.sql": `-- seaworthy: contract 1.0.0\n${sql}` } });
    assertCode(await run(contract, ["--plan", "--strict"]), 0);
  });

  test("--baseline adopts it", async () => {
    await using database = await create();
    await database.query("CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY, n int)");
    const image = database.image({ migrations: { ...first, ...second } });
    assertCode(await run(image, ["--baseline", "1_a"]), 0);
    assert.deepEqual(await database.applied(), ["1_a"]);
    await upgrade(image);
    assert.deepEqual(await database.applied(), ["1_a", "2_b"]);
  });

  test("a changed migration is refused with 78, and accepted by name", async () => {
    await using database = await create();
    await upgrade(database.image({ migrations: first }));
    const changed = { "1_a.sql": "CREATE TABLE a (id int);", ...second };
    const image = database.image({ version: "1.1.0", migrations: changed });
    assert.match((await upgrade(image, [], 78)).stderr, /1_a was changed after it was applied/);
    await upgrade(image, ["--accept-drift", "1_a"]);
    assert.deepEqual(await database.applied(), ["1_a", "2_b"]);
  });

  test("a failure names file, line, excerpt and the server's numbers; what came before is kept, and it goes on there", async () => {
    await using database = await create();
    const broken = {
      "1_a.sql": `${first["1_a.sql"]}\nINSERT INTO a (n) VALUES (1);\nALTER TABLE a\n  ADD COLUMN n int;`,
    };
    const { stderr } = await upgrade(database.image({ migrations: broken }), [], 1);
    assert.match(
      stderr,
      /1_a\.sql:3:1\): Duplicate column name 'n' \(error 1060, SQLSTATE 42S21\)\.\n.*3 \| ALTER TABLE a\n/,
    );
    const fixed = { "1_a.sql": broken["1_a.sql"].replace("COLUMN n", "COLUMN m") };
    const image = database.image({ migrations: fixed });
    assert.match((await run(image, ["--status"])).stdout, /dirty/);
    assert.match((await upgrade(image)).stderr, /resuming 1_a: its first 2 statements are done/);
    assert.deepEqual(await database.query("SELECT n, m FROM a"), [{ n: 1, m: null }]);
  });

  test("a syntax error is shown at its place in the line", async () => {
    await using database = await create();
    const migrations = { "1_a.sql": "SELECT 1;\nSELECT 2 FROM WHERE x;" };
    const { stderr } = await upgrade(database.image({ migrations }), [], 1);
    assert.match(stderr, /1_a\.sql:2:15\): You have an error in your SQL syntax \(error 1064/);
  });

  test("a JavaScript migration is one transaction, and its failure names the call", async () => {
    await using database = await create();
    const migrations = {
      ...first,
      "2_b.mjs": `export async function up({ query }) {\n  await query("INSERT INTO a (n) VALUES (?)", [1]);\n  await query("INSERT INTO missing VALUES (1)");\n}`,
    };
    const { stderr } = await upgrade(database.image({ migrations }), [], 1);
    assert.match(stderr, /2_b\.mjs:3:9\): Table '\w+\.missing' doesn't exist \(error 1146/);
    assert.deepEqual(await database.query("SELECT n FROM a"), []);
    assert.deepEqual(await database.applied(), ["1_a"]);
  });

  test("what a migration sets does not reach the next one", async () => {
    await using database = await create();
    const migrations = {
      "1_a.sql": "CREATE TABLE seen (v varchar(200)); SET foreign_key_checks = 0, sql_mode = ''; SET NAMES latin1;",
      "2_b.sql":
        "INSERT INTO seen SELECT CONCAT_WS(' ', @@foreign_key_checks + 0, @@character_set_client, @@sql_mode <> '');",
    };
    await upgrade(database.image({ migrations }));
    assert.deepEqual(await database.query("SELECT v FROM seen"), [{ v: "1 utf8mb4 1" }]);
  });

  test("a read-only server is refused with 78 before a hook runs, but not for a user that may write there", async () => {
    await using database = await create();
    const image = database.image({ migrations: first });
    const user = `reader_${database.name}`;
    await database.query(
      `CREATE USER ${user}@'127.0.0.1' IDENTIFIED BY 'x'; GRANT ALL ON ${database.name}.* TO ${user}@'127.0.0.1'`,
    );
    const url = database.url.replace("root:", `${user}:x`);
    const limited = suite.image(shopFiles({ url, migrations: first, upgrade: { before: [["echo", "the hook"]] } }));
    await database.query("SET GLOBAL read_only = 1");
    try {
      const { stderr, stdout } = await upgrade(limited, [], 78);
      assert.match(stderr, /the server is read-only .*Set upgrade\.url to the primary server/);
      assert.doesNotMatch(stdout + stderr, /the hook$/m);
      await upgrade(image);
    } finally {
      await database.query("SET GLOBAL read_only = 0");
    }
  });

  test("a contract migration waits for an older instance, and an app below the floor is outgrown", async () => {
    await using database = await create();
    const migrations = { ...first, "2_drop.sql": "-- seaworthy: contract 2.0.0\nALTER TABLE a DROP COLUMN n;" };
    const newer = database.image({ version: "2.0.0", migrations });
    const older = database.image({ migrations: first });
    await upgrade(older);
    const instance = start(older, ["sleep", "600"]);
    const isReported = async () =>
      (await database.query("SELECT id FROM seaworthy_instances WHERE id <> ''")).length > 0;
    await waitFor("its report", isReported);
    assert.match((await upgrade(newer)).stderr, /deferred 2_drop: instances older than 2\.0\.0 are alive: 1\.0\.0 \(/);
    await instance.signal("SIGTERM");
    await instance.ended;
    assert.equal(await isReported(), false, "its report ends with it");
    assert.match((await upgrade(newer)).stderr, /applied 2_drop/);
    assert.match((await run(older, ["--status"])).stdout, /outgrown/);
    assertCode(await run(newer, ["--status"]), 0);
  });

  test("a dependency on the release sees it", async () => {
    await using database = await create();
    const other = suite.image(
      configuration({
        app: { name: "web", version: "1.0.0" },
        dependencies: { shop: { kind: "release", url: database.url, app: "shop", requires: ">=1.0.0" } },
      }),
    );
    assert.match((await run(other, ["--status"])).stdout, /behind/);
    await upgrade(database.image({ migrations: first }));
    assertCode(await run(other, ["--status"]), 0);
  });

  test("an interrupted migration exits with 143, and its statement is cancelled on the server", async () => {
    await using database = await create();
    const image = database.image({ migrations: { ...first, "2_b.sql": "UPDATE a SET n = SLEEP(600);" } });
    await upgrade(database.image({ migrations: first }));
    await database.query("INSERT INTO a (n) VALUES (1)");
    const program = start(image, ["--upgrade"], { environment: { SEAWORTHY_LOG_LEVEL: "debug" } });
    await program.waitForOutput("applying 2_b");
    const running =
      "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE INFO LIKE 'UPDATE a SET n = SLEEP%' AND ID <> CONNECTION_ID()";
    await waitFor("the statement", async () => (await database.query(running))[0]?.["n"] === 1);
    await program.signal("SIGTERM");
    assertCode(await program.ended, 143);
    await waitFor("its end", async () => (await database.query(running))[0]?.["n"] === 0);
  });
});
