import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openSuite } from "../../harness/leaks.ts";
import { openSession } from "../../fixtures/upgrade/session.ts";
import { shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, tablesOf } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

describe("each directive works", { concurrency: 3 }, () => {
  test("no-transaction: for statements that Postgres refuses in a transaction", async () => {
    const database = await suite.database();
    const text = "CREATE TABLE a (id int); CREATE INDEX CONCURRENTLY a_id ON a (id); VACUUM a;";
    const image = suite.image(
      shopFiles({
        url: database.url,
        migrations: { "1_a.sql": `-- Makes a.\n\n-- seaworthy: no-transaction\n${text}` },
      }),
    );
    await upgrade(image);
    assert.deepEqual(await appliedIn(database), ["1_a"]);

    // Control: without it they are refused, and the message names the directive.
    const other = await suite.database();
    const plain = suite.image(shopFiles({ url: other.url, migrations: { "1_a.sql": text } }));
    assert.match((await upgrade(plain, [], 78)).stderr, /1_a\.sql:1:26: .* `-- seaworthy: no-transaction` at the head/);
    assert.deepEqual(await tablesOf(other), []);
  });

  test("lock-timeout, in SQL and in JavaScript", async () => {
    const database = await suite.database();
    const shows = (n: number) => `INSERT INTO seen SELECT ${n}, current_setting('lock_timeout')`;
    const migrations = {
      "0_seen.sql": "CREATE TABLE seen (n int, value text);",
      "1_default.sql": shows(1),
      "2_own.sql": `-- seaworthy: lock-timeout 500ms\n${shows(2)}`,
      "3_none.sql": `-- seaworthy: no-transaction\n-- seaworthy: lock-timeout 3m\n${shows(3)}`,
      "4_module.mjs": `// seaworthy: lock-timeout 1h\nexport const up = ({ query }) => query(\`${shows(4)}\`);`,
      "5_default.sql": shows(5),
    };
    await upgrade(suite.image(shopFiles({ url: database.url, migrations, upgrade: { lockWaitSeconds: 7 } })));
    assert.deepEqual(
      (await database.query("SELECT value FROM seen ORDER BY n")).map(({ value }) => value),
      ["7s", "500ms", "3min", "1h", "7s"],
    );
  });

  test("statement-timeout: a slower statement is cancelled, and the migration is rolled back", async () => {
    const database = await suite.database();
    const sql = "CREATE TABLE a (); SELECT pg_sleep(60);";
    for (const head of ["", "-- seaworthy: no-transaction\n"]) {
      const migrations = { "1_slow.sql": `${head}-- seaworthy: statement-timeout 100ms\n${sql}` };
      const image = suite.image(shopFiles({ url: database.url, migrations }));
      assert.match((await upgrade(image, [], 1)).stderr, /statement timeout \(SQLSTATE 57014\)/);
      await database.query("DROP TABLE IF EXISTS a; DROP SCHEMA seaworthy CASCADE");
    }
    // It also works without a transaction.
    await using other = await openSession(database, "other");
    await database.query("CREATE TABLE a (id int)");
    await other.query("BEGIN; INSERT INTO a VALUES (1)");
    const migrations = {
      "1_slow.sql":
        "-- seaworthy: no-transaction\n-- seaworthy: statement-timeout 200ms\nCREATE INDEX CONCURRENTLY a_id ON a (id);",
    };
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    assert.match((await upgrade(image, [], 1)).stderr, /statement timeout \(SQLSTATE 57014\)/);
  });

  test("contract: its floor is recorded", async () => {
    const database = await suite.database();
    const migrations = { "1_drop.sql": "--seaworthy:contract 0.9.0\nSELECT 1" };
    await upgrade(suite.image(shopFiles({ url: database.url, migrations })));
    assert.deepEqual(await database.query("SELECT floor FROM seaworthy.migrations"), [{ floor: "0.9.0" }]);
  });
});

describe("an unknown or invalid directive is refused, with its place, before anything runs", { concurrency: 4 }, () => {
  const refused: Readonly<Record<string, readonly [head: string, message: RegExp]>> = {
    misspelt: ["-- seaworthy: no-transacton", /:1: unknown directive "no-transacton"; did you mean no-transaction\?/],
    unknown: ["-- seaworthy: faster please", /:1: unknown directive "faster"; known: no-transaction, contract, /],
    empty: ["-- seaworthy:", /:1: unknown directive ""/],
    "with an extra value": ["-- seaworthy: contract 1.0.0 2.0.0", /:1: the directive contract has more than one value/],
    "with a value for a directive that takes none": [
      "-- seaworthy: no-transaction yes",
      /:1: .* takes no value, received "yes"/,
    ],
    "contract without a version": [
      "-- seaworthy: contract",
      /:1: contract: expected the oldest app version .* received ""/,
    ],
    "contract with an invalid version": ["-- seaworthy: contract soon", /:1: contract: expected .* received "soon"/],
    "a time without a unit": [
      "-- seaworthy: lock-timeout 5",
      /:1: lock-timeout: expected a number with its unit.* received "5"/,
    ],
    "an invalid time": [
      "\n\n-- seaworthy: statement-timeout long",
      /:3: statement-timeout: expected .* received "long"/,
    ],
    "after the first statement": [
      "SELECT 1;\n-- seaworthy: no-transaction",
      /:2: .* must come before the first statement/,
    ],
    "beyond the first 4096 bytes": [
      `-- ${"x".repeat(5000)}\n-- seaworthy: contract 1.0.0`,
      /:2: .* within the first 4096 bytes/,
    ],
  };
  for (const [title, [head, message]] of Object.entries(refused)) {
    test(title, async () => {
      const database = await suite.database();
      const migrations = { "1_a.sql": "CREATE TABLE a ();", "2_b.sql": `${head}\nCREATE TABLE b ();` };
      const { stderr } = await upgrade(suite.image(shopFiles({ url: database.url, migrations })), [], 78);
      assert.match(stderr, /migrations\/2_b\.sql:/);
      assert.match(stderr, message);
      assert.deepEqual(await tablesOf(database), []);
    });
  }

  test("in a module too", async () => {
    const database = await suite.database();
    const migrations = { "1_a.cjs": "// seaworthy: contrat 1.0.0\nexports.up = () => {};" };
    const { stderr } = await upgrade(suite.image(shopFiles({ url: database.url, migrations })), [], 78);
    assert.match(stderr, /1_a\.cjs:1: unknown directive "contrat"; did you mean contract\?/);
  });
});
