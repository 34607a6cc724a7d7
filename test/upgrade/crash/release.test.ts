import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openSuite } from "../../harness/leaks.ts";
import { waitFor } from "../../harness/wait.ts";
import { openSession, waitUntilBlocked } from "../../fixtures/upgrade/session.ts";
import { shopFiles, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, backendsOf, lockHolder } from "../../integration/upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

/** Statements that would run for ten more minutes when the upgrade is killed. */
const statements = {
  "a statement": { "2_slow.sql": "LOCK a; SELECT pg_sleep(600);" },
  "a statement of a module": {
    "2_slow.mjs": `export async function up({ query }) {
      await query("LOCK a");
      await query("SELECT pg_sleep(600)");
    }`,
  },
  "a computation": {
    "2_slow.sql": "LOCK a; DO $$ BEGIN FOR n IN 1..1000000000 LOOP PERFORM n; END LOOP; END $$;",
  },
  "a statement of a no-transaction migration": {
    "2_slow.sql": "-- seaworthy: no-transaction\nSELECT pg_sleep(600);",
  },
  "CONCURRENTLY, waiting for an old transaction": {
    "2_slow.sql": "-- seaworthy: no-transaction\nCREATE INDEX CONCURRENTLY a_id ON a (id);",
  },
} as const;

describe("a killed upgrade frees the lock and ends its statement", { concurrency: 3 }, () => {
  for (const [title, files] of Object.entries(statements)) {
    test(title, async (context) => {
      const database = await suite.database();
      const first = { "1_a.sql": "CREATE TABLE a (id int);" };
      await upgrade(suite.image(shopFiles({ url: database.url, migrations: first })));
      const image = suite.image(shopFiles({ url: database.url, version: "2.0.0", migrations: { ...first, ...files } }));
      // Only CONCURRENTLY waits for this transaction.
      await using writer = await openSession(database, "writer");
      const waits = title.startsWith("CONCURRENTLY");
      if (waits) await writer.query("BEGIN; INSERT INTO a VALUES (1)");

      const program = start(image, ["--upgrade"]);
      if (waits) await waitUntilBlocked(database, "seaworthy upgrade shop");
      else await waitFor("the statement", async () => (await busy()).length === 1);
      assert.notEqual(await lockHolder(database), undefined);
      await program.signal("SIGKILL");
      const killedAt = performance.now();
      await waitFor("the lock", async () => (await lockHolder(database)) === undefined);
      const lockMs = performance.now() - killedAt;
      // The table must be free too: the next upgrade needs it.
      await waitFor("the end of the statement", async () => (await backendsOf(database)).length === 0);
      const allMs = performance.now() - killedAt;
      context.diagnostic(
        `the lock was free after ${lockMs.toFixed(0)} ms, and all sessions had ended after ${allMs.toFixed(0)} ms`,
      );

      if (waits) await writer.query("ROLLBACK");
      else for (const file of Object.keys(files)) image.remove(`migrations/${file}`);
      if (!waits) image.write("migrations/2_slow.sql", "LOCK a;");
      await upgrade(image);
      assert.deepEqual(await appliedIn(database), ["1_a", "2_slow"]);

      function busy() {
        return database.query(`SELECT FROM pg_stat_activity WHERE datname = current_database()
          AND starts_with(application_name, 'seaworthy upgrade shop') AND state = 'active'
          AND (query ~ 'pg_sleep|LOOP') AND clock_timestamp() - query_start > interval '50 ms'`);
      }
    });
  }
});
