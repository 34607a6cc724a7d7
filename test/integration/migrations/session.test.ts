import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { TestDatabase } from "../../harness/database.ts";
import { openSuite } from "../../harness/leaks.ts";
import { run, shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, releasesIn, tablesOf } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const seen = { "0_seen.sql": "CREATE TABLE seen (value text);" };
const noteLevel = "INSERT INTO seen VALUES (current_setting('transaction_isolation'));";

async function valuesSeen(database: TestDatabase): Promise<readonly unknown[]> {
  return (await database.query("SELECT value FROM seen ORDER BY 1")).map(({ value }) => value);
}

describe("a migration sets its own isolation level", { concurrency: 3 }, () => {
  const heads: Readonly<Record<string, readonly [sql: string, level: string]>> = {
    "as its first statement": ["set transaction isolation level serializable;", "serializable"],
    "after a comment and other settings": [
      "-- é\nSET search_path = public;\n/* 🚢 */ SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;",
      "repeatable read",
    ],
    "as a setting": ["SET LOCAL transaction_isolation TO 'serializable';", "serializable"],
    "with two settings": ["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SET TRANSACTION DEFERRABLE;", "serializable"],
    "control: not at all": ["", "read committed"],
  };
  for (const [title, [head, level]] of Object.entries(heads)) {
    test(title, async () => {
      const database = await suite.database();
      const migrations = { ...seen, "1_level.sql": `${head}\n${noteLevel}` };
      await upgrade(suite.image(shopFiles({ url: database.url, migrations })));
      assert.deepEqual(await valuesSeen(database), [level]);
      assert.deepEqual(await appliedIn(database), ["0_seen", "1_level"]);
    });
  }

  test("in JavaScript, and the record is written with or without a later query", async () => {
    const database = await suite.database();
    const migrations = {
      ...seen,
      "1_level.mjs": `export async function up({ query }) {
        await query("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
        await Promise.all([query("CREATE TABLE a (b int)"), query("INSERT INTO a VALUES (1)"), query(\`${noteLevel}\`)]);
      }`,
      "2_nothing.mjs": "export const up = () => {};",
      "3_setting.mjs": 'export const up = ({ query }) => query("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");',
    };
    await upgrade(suite.image(shopFiles({ url: database.url, migrations })));
    assert.deepEqual(await valuesSeen(database), ["serializable"]);
    assert.deepEqual(await appliedIn(database), ["0_seen", "1_level", "2_nothing", "3_setting"]);
  });

  test("a mistake in it or after it is reported at its place", async () => {
    const database = await suite.database();
    const head =
      "-- é🚢\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nSET LOCAL transaction_isolation = 'nosuch';\nSELECT 1;";
    const image = suite.image(shopFiles({ url: database.url, migrations: { ...seen, "1_level.sql": head } }));
    assert.match((await upgrade(image, [], 1)).stderr, /invalid value for parameter "transaction_isolation": "nosuch"/);
    image.write("migrations/1_level.sql", "/* 🚢 */ SET TRANSACTION ISOLATION LEVEL SERIALIZABL;\nSELECT 1;");
    assert.match((await upgrade(image, [], 1)).stderr, /1_level\.sql:1:41\): syntax error/);
    image.write(
      "migrations/1_level.sql",
      "/* 🚢 */ SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n/* é */ SELECT nosuch;",
    );
    assert.match((await upgrade(image, [], 1)).stderr, /1_level\.sql:2:16\): column "nosuch" does not exist/);
  });

  const refused: Readonly<Record<string, readonly [sql: string, message: RegExp]>> = {
    "after a query": [
      "SELECT 1;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;",
      /1_level\.sql:2:1: Postgres sets the isolation level only before a transaction's first query\. Move/,
    ],
    "READ ONLY": [
      "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE;",
      /1_level\.sql:1:1: a migration cannot be READ ONLY/,
    ],
    "without a transaction": [
      "-- seaworthy: no-transaction\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 1;",
      /1_level\.sql:2:1: SET TRANSACTION has no effect here/,
    ],
  };
  for (const [title, [sql, message]] of Object.entries(refused)) {
    test(`${title}: refused before anything runs`, async () => {
      const database = await suite.database();
      const image = suite.image(shopFiles({ url: database.url, migrations: { ...seen, "1_level.sql": sql } }));
      assert.match((await upgrade(image, [], 78)).stderr, message);
      assert.deepEqual(await tablesOf(database), []);
    });
  }
});

describe("COMMIT inside a transaction", { concurrency: 3 }, () => {
  const block = "DO $$ BEGIN INSERT INTO seen VALUES ('1'); COMMIT; END $$;";
  test("in a DO block: the message has the fix, and it works with no-transaction", async () => {
    const database = await suite.database();
    const image = suite.image(shopFiles({ url: database.url, migrations: { ...seen, "1_block.sql": block } }));
    const { stderr } = await upgrade(image, [], 1);
    assert.match(
      stderr,
      /1_block\.sql.*SQLSTATE 2D000.*no block or procedure can end\. Write `-- seaworthy: no-transaction`/,
    );
    assert.deepEqual(await valuesSeen(database), []);
    image.write("migrations/1_block.sql", `-- seaworthy: no-transaction\n${block}`);
    await upgrade(image);
    assert.deepEqual(await valuesSeen(database), ["1"]);
  });

  test("in a called procedure, and below an EXCEPTION", async () => {
    const database = await suite.database();
    const procedure = "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;";
    const image = suite.image(
      shopFiles({ url: database.url, migrations: { ...seen, "1_p.sql": procedure, "2_call.sql": "CALL p();" } }),
    );
    assert.match((await upgrade(image, [], 1)).stderr, /SQLSTATE 2D000.*no block or procedure can end/);
    const caught = "DO $$ BEGIN COMMIT; EXCEPTION WHEN OTHERS THEN RAISE; END $$;";
    image.write("migrations/2_call.sql", `-- seaworthy: no-transaction\n${caught}`);
    assert.match(
      (await upgrade(image, [], 1)).stderr,
      /SQLSTATE 2D000.*outside of functions and of blocks with EXCEPTION/,
    );
  });

  test("in JavaScript: refused before it is sent, and rolled back", async () => {
    for (const sql of ["COMMIT", "INSERT INTO seen VALUES ('2'); END", "ROLLBACK AND CHAIN", "\\\\i other.sql"]) {
      const database = await suite.database();
      const text = `export async function up({ query }) { await query("INSERT INTO seen VALUES ('1')"); await query("${sql}"); }`;
      const image = suite.image(shopFiles({ url: database.url, migrations: { ...seen, "1_js.mjs": text } }));
      assert.match(
        (await upgrade(image, [], 1)).stderr,
        /cannot apply migration 1_js .*(inside a migration|a command of psql)/,
      );
      assert.deepEqual(await appliedIn(database), ["0_seen"]);
      assert.deepEqual(await valuesSeen(database), []);
    }
  });
});

test("a JavaScript string that Postgres cannot store is refused, not changed", async () => {
  for (const [text, message] of [
    [String.raw`"INSERT INTO seen VALUES ('a\0b')"`, /1_js .*holds the character NUL/],
    [String.raw`"INSERT INTO seen VALUES ($1)", ["a\0b"]`, /1_js .*holds the character NUL/],
    [String.raw`"INSERT INTO seen VALUES ($1)", ["a\uD83D"]`, /1_js .*half of a surrogate pair/],
    [String.raw`"INSERT INTO seen VALUES ('\uDE80')"`, /1_js .*half of a surrogate pair/],
  ] as const) {
    const database = await suite.database();
    const migrations = { ...seen, "1_js.mjs": `export const up = ({ query }) => query(${text});` };
    const { stderr } = await upgrade(suite.image(shopFiles({ url: database.url, migrations })), [], 1);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /cannot reach|lost the database/);
    assert.deepEqual(await valuesSeen(database), []);
  }
});

describe("a file that removes lock_timeout runs with a warning", { concurrency: 3 }, () => {
  for (const sql of [
    "SET lock_timeout = 0;",
    "set local lock_timeout to '0ms';",
    "SELECT 1;\nSELECT pg_catalog.set_config('lock_timeout', '0', false);",
    "RESET lock_timeout;",
    "RESET ALL;",
    "-- seaworthy: lock-timeout 0s\nSELECT 1;",
    "-- seaworthy: no-transaction\nSET lock_timeout TO DEFAULT;",
  ]) {
    test(JSON.stringify(sql), async () => {
      const database = await suite.database();
      const migrations = { "1_wait.sql": `${sql}\nCREATE TABLE a ();` };
      const { stderr } = await upgrade(suite.image(shopFiles({ url: database.url, migrations })));
      assert.match(
        stderr,
        /1_wait\.sql.* sets lock_timeout to 0: while a statement waits .*seaworthy: lock-timeout 5s/,
      );
      assert.deepEqual(await tablesOf(database), ["a"]);
    });
  }

  for (const sql of ["SET lock_timeout = '5s';", "SET statement_timeout = 0;", "SELECT 'SET lock_timeout = 0';"]) {
    test(`control: ${sql}`, async () => {
      const database = await suite.database();
      const { stderr } = await upgrade(
        suite.image(shopFiles({ url: database.url, migrations: { "1_wait.sql": sql } })),
      );
      assert.doesNotMatch(stderr, /lock_timeout/);
    });
  }
});

describe("a database that is read-only", { concurrency: 2 }, () => {
  const migrations = { "1_a.sql": "CREATE TABLE a ();" };
  async function readOnly(): Promise<TestDatabase> {
    const database = await suite.database();
    await upgrade(suite.image(shopFiles({ url: database.url, migrations })));
    const [row] = await database.query("SELECT current_database() AS name");
    await database.query(`ALTER DATABASE ${String(row?.["name"])} SET default_transaction_read_only = on`);
    return database;
  }

  test("an upgrade with nothing to do reports that", async () => {
    const { url } = await readOnly();
    assert.match((await upgrade(suite.image(shopFiles({ url, migrations })))).stderr, /nothing to do/);
    const withoutVersion = shopFiles({ url, migrations, settings: { app: { name: "shop" } } });
    assert.match((await upgrade(suite.image(withoutVersion))).stderr, /nothing to do/);
  });

  test("one with only a release to record is refused before its hooks", async () => {
    const database = await readOnly();
    const { url } = database;
    const image = suite.image(
      shopFiles({ url, version: "2.0.0", migrations, upgrade: { before: [{ command: ["touch", "hook-ran"] }] } }),
    );
    const { stderr } = await upgrade(image, [], 78);
    assert.match(stderr, /cannot upgrade: default_transaction_read_only is on .*Nothing was changed/);
    assert.equal((await run({ ...image }, ["--exec", "test", "-e", "hook-ran"])).code, 1);
    assert.deepEqual(await releasesIn(database), ["shop@1.0.0"]);
    image.write("migrations/2_b.sql", "CREATE TABLE b ();");
    assert.match((await upgrade(image, [], 78)).stderr, /default_transaction_read_only/);
  });
});
