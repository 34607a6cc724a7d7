import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { TestDatabase } from "../../harness/database.ts";
import { endpointOf, waitForAnswer } from "../../harness/endpoint.ts";
import { openSuite } from "../../harness/leaks.ts";
import { waitFor } from "../../harness/wait.ts";
import { startPooler, withoutPgbouncer, type Pooler } from "../../fixtures/upgrade/pgbouncer.ts";
import { openSession } from "../../fixtures/upgrade/session.ts";
import { assertCode, run, shopFiles, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, lockHolder } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const mixed = {
  "0_log.sql": "CREATE TABLE log (entry text);",
  "1_row.sql": "INSERT INTO log VALUES ('1'); SELECT pg_sleep(0.2);",
  "2_index.sql": `-- seaworthy: no-transaction
    INSERT INTO log VALUES ('2.1');
    CREATE INDEX CONCURRENTLY log_entry ON log (entry);
    INSERT INTO log VALUES ('2.2');
    VACUUM log;
    REINDEX INDEX CONCURRENTLY log_entry;
    INSERT INTO log VALUES ('2.3');`,
  "3_module.mjs": `export async function up({ query }) {
    for (let n = 0; n < 10; n++) await query("SELECT $1::int", [n]);
    await query("INSERT INTO log VALUES ($1)", ["3"]);
  }`,
  "4_row.sql": "SELECT pg_sleep(0.1); INSERT INTO log VALUES ('4');",
};

async function entries(database: TestDatabase): Promise<readonly unknown[]> {
  return (await database.query("SELECT entry FROM log ORDER BY entry")).map(({ entry }) => entry);
}

/** The settings that differ from the defaults, in each session of the pooler that is not in use. */
async function settingsInPool(
  database: TestDatabase,
  { url, size }: Pooler,
  { taken = 0 } = {},
): Promise<readonly string[]> {
  const free = Array.from({ length: size - taken });
  await using opened = new AsyncDisposableStack();
  const clients = await Promise.all(free.map(async () => opened.use(await openSession(database, "a client", url))));
  const found = new Set<string>();
  const pids = new Set<unknown>();
  // As many transactions as sessions, so each session gets one.
  for (const client of clients) {
    await client.query("BEGIN");
    const rows = await client.query(`SELECT pg_backend_pid() AS pid,
      (SELECT concat_ws(' ', current_user, session_user, string_agg(name || '=' || setting, ' ' ORDER BY name))
        FROM pg_settings WHERE source = 'session'
        -- These the pooler itself keeps apart for its clients.
        AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings')
      ) AS settings`);
    pids.add(rows[0]?.["pid"]);
    found.add(String(rows[0]?.["settings"]));
  }
  assert.equal(pids.size, free.length);
  return [...found];
}

describe("through PgBouncer in transaction mode", { concurrency: 3, skip: withoutPgbouncer }, () => {
  test("three upgrades at once: every migration runs once, all exit 0", async () => {
    const database = await suite.database();
    await using pooler = await startPooler(database);
    const image = suite.image(shopFiles({ url: pooler.url, migrations: mixed }));
    const endings = await Promise.all([1, 2, 3].map(() => run(image, ["--upgrade"])));
    for (const ended of endings) assertCode(ended, 0);
    assert.equal(endings.filter(({ stderr }) => stderr.includes("upgraded shop")).length, 1);
    assert.deepEqual(await entries(database), ["1", "2.1", "2.2", "2.3", "3", "4"]);
    assert.equal((await appliedIn(database)).length, 5);
  });

  test("an upgrade that is killed in the middle frees the lock, and the next one continues", async () => {
    const database = await suite.database();
    await using pooler = await startPooler(database);
    const image = suite.image(
      shopFiles({ url: pooler.url, migrations: { ...mixed, "3_slow.sql": "SELECT pg_sleep(600);" } }),
    );
    const program = start(image, ["--upgrade"]);
    await program.waitForOutput("applied 3_module");
    await waitFor("the slow migration", async () => (await sleepers(database)) === 1);
    assert.notEqual(await lockHolder(database), undefined);
    await program.signal("SIGKILL");
    await program.ended;
    await waitFor("the lock", async () => (await lockHolder(database)) === undefined);
    // The statement also ends, although its client is gone.
    await waitFor("the statement's end", async () => (await sleepers(database)) === 0);
    image.write("migrations/3_slow.sql", "INSERT INTO log VALUES ('3_slow');");
    await upgrade(image);
    assert.deepEqual(await entries(database), ["1", "2.1", "2.2", "2.3", "3", "3_slow", "4"]);
  });

  test("SIGTERM cancels the running statement", async () => {
    const database = await suite.database();
    await using pooler = await startPooler(database);
    const migrations = { "1_slow.sql": "CREATE TABLE slow (); SELECT pg_sleep(600);" };
    const program = start(suite.image(shopFiles({ url: pooler.url, migrations })), ["--upgrade"]);
    await waitFor("the slow migration", async () => (await sleepers(database)) === 1);
    await program.signal("SIGTERM");
    assertCode(await program.ended, 143);
    await waitFor("the statement's end", async () => (await sleepers(database)) === 0);
    assert.deepEqual(await appliedIn(database), []);
  });

  const set = `SET search_path = ''; SET statement_timeout = '1h'; SET ROLE pg_monitor;
    SELECT set_config('lock_timeout', '7s', false);`;
  const setting: Readonly<Record<string, string>> = {
    "2_transaction.sql": set,
    "2_none.sql": `-- seaworthy: no-transaction\n${set} SELECT 1;`,
    "2_alone.sql": "-- seaworthy: no-transaction\nCREATE INDEX CONCURRENTLY a_n ON a (n);",
    "2_module.mjs": `export async function up({ query }) {
      await query("SET search_path = ''");
      await query("SET ROLE pg_monitor");
    }`,
  };
  for (const [name, text] of Object.entries(setting)) {
    test(`a SET in ${name} does not affect other clients`, async () => {
      const database = await suite.database();
      await using pooler = await startPooler(database);
      const migrations = { "1_a.sql": "CREATE TABLE a (n int);", [name]: text };
      // Check now, before any later statement could reset it.
      const hook = ["sh", "-c", "echo ready; until [ -e go ]; do sleep 0.05; done"];
      const image = suite.image(shopFiles({ url: pooler.url, migrations, upgrade: { after: [hook] } }));
      const program = start(image, ["--upgrade"]);
      await program.waitForOutput("[sh] ready");
      assert.deepEqual(await settingsInPool(database, pooler, { taken: 1 }), ["postgres postgres"]);
      image.write("go", "");
      assertCode(await program.ended, 0);
      assert.equal((await appliedIn(database)).length, 2);
      // A session-level lock would also remain.
      assert.equal(await lockHolder(database), undefined);
    });
  }

  test("control: a SET of another client does affect others", async () => {
    const database = await suite.database();
    await using pooler = await startPooler(database);
    await using client = await openSession(database, "careless", pooler.url);
    await client.query("SET lock_timeout = '7s'");
    const found = await settingsInPool(database, pooler);
    assert.ok(found.includes("postgres postgres lock_timeout=7000"), found.join("\n"));
  });

  test("a session-wide setting is refused, with the place and the fix", async () => {
    const database = await suite.database();
    await using pooler = await startPooler(database);
    const migrations = {
      "1_table.sql": "CREATE TABLE a (n int);",
      "2_index.sql": `-- seaworthy: no-transaction
        SET maintenance_work_mem = '64MB';
        CREATE INDEX CONCURRENTLY a_n ON a (n);`,
    };
    const { stderr } = await upgrade(suite.image(shopFiles({ url: pooler.url, migrations })), [], 78);
    assert.match(
      stderr,
      /2_index\.sql:3:9: "SET maintenance_work_mem = '64MB';" cannot hold .* transaction pooler\. Let/,
    );

    // With a direct connection it resumes and completes.
    await upgrade(suite.image(shopFiles({ url: database.url, migrations })));
    assert.deepEqual(await appliedIn(database), ["1_table", "2_index"]);
  });

  test("a supervisor falls back to polling with a message, and sees the end of an upgrade", async () => {
    const database = await suite.database();
    await using pooler = await startPooler(database);
    const image = suite.image(shopFiles({ url: pooler.url, migrations: mixed }));
    const app = start(image, ["sleep", "600"]);
    await app.waitForOutput(
      "reached through a transaction pooler: this instance notices the end of an upgrade by polling",
    );
    await upgrade(image);
    await waitForAnswer(`${await endpointOf(app)}/health`, 200);
    await app.signal("SIGTERM");
    await app.ended;
  });
});

async function sleepers(database: TestDatabase): Promise<number> {
  const rows = await database.query(`SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'PgSleep'`);
  return rows.length;
}
