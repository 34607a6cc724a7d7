import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, describe, test } from "node:test";
import { openSession } from "../../fixtures/upgrade/session.ts";
import { shopFiles, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import type { TestDatabase } from "../../harness/database.ts";
import { openSuite } from "../../harness/leaks.ts";
import { appliedIn, tablesOf } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

/** A role with a limit of two sessions, which an upgrade needs, and a function that drops it. */
async function withTwoConnections(work: (database: TestDatabase, url: string) => Promise<void>): Promise<void> {
  const database = await suite.database();
  const user = `two_${randomBytes(4).toString("hex")}`;
  const name = new URL(database.url).pathname.slice(1);
  await database.query(`CREATE ROLE ${user} LOGIN PASSWORD 'story-secret' CONNECTION LIMIT 2;
    GRANT CREATE ON DATABASE ${name} TO ${user}; GRANT CREATE ON SCHEMA public TO ${user}`);
  try {
    await work(database, database.urlWith({ user, password: "story-secret" }));
  } finally {
    await database.query(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
  }
}

const migrations = { "1_a.sql": "CREATE TABLE a ();" };

describe("a server without a free connection", { concurrency: 2 }, () => {
  test("makes the upgrade wait until one is free", async () => {
    await withTwoConnections(async (database, url) => {
      const other = await openSession(database, "other", url);
      const program = start(suite.image(shopFiles({ url, migrations })), ["--upgrade"]);
      await program.waitForOutput(/too many connections for role.* Trying again for up to 30 s/);
      await other[Symbol.asyncDispose]();
      assert.equal((await program.ended).code, 0);
      assert.deepEqual(await appliedIn(database), ["1_a"]);
    });
  });

  test("ends the upgrade with 69 and the fix after the time limit, before anything changes", async () => {
    await withTwoConnections(async (database, url) => {
      await using other = await openSession(database, "other", url);
      await other.query("SELECT 1");
      const options = { url, migrations, upgrade: { connectTimeoutSeconds: 0.5 } };
      const { stderr } = await upgrade(suite.image(shopFiles(options)), [], 69);
      assert.match(stderr, /too many connections for role "two_.*"\. Raise max_connections, or use a pooler\./);
      assert.deepEqual(await tablesOf(database), []);
    });
  });
});

test("a full disk is reported with the fix, and the migration is rolled back; the next run continues", async () => {
  const database = await suite.database();
  // The server's own error. Really filling the disk would break the other tests.
  const full = `DO $$ BEGIN RAISE disk_full USING MESSAGE = 'could not extend file: No space left on device'; END $$`;
  const files = { ...migrations, "2_b.sql": `CREATE TABLE b (); ${full};` };
  const image = suite.image(shopFiles({ url: database.url, migrations: files }));
  const { stderr } = await upgrade(image, [], 1);
  const advice =
    /No space left on device \(SQLSTATE 53100\)\.[^]* The database's disk is full: make room and run --upgrade again/;
  assert.match(stderr, advice);
  assert.deepEqual(await tablesOf(database), ["a"]);
  image.write("migrations/2_b.sql", "CREATE TABLE b ();");
  await upgrade(image);
  assert.deepEqual(await appliedIn(database), ["1_a", "2_b"]);
});
