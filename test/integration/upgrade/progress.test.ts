import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openSession } from "../../fixtures/upgrade/session.ts";
import { assertCode, shopFiles, start } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { createShopDatabase } from "./mysql-shop.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());

describe("a long upgrade says every 10 s what it does", { concurrency: 4 }, () => {
  test("a migration that waits for a lock: whom it waits for", async () => {
    const database = await suite.database();
    await database.query("CREATE TABLE items (id int)");
    await using report = await openSession(database, "a long report");
    await report.query("BEGIN; SELECT FROM items");
    const migrations = { "1_alter.sql": "ALTER TABLE items ADD COLUMN note text;" };
    const image = suite.image(shopFiles({ url: database.url, migrations, upgrade: { lockWaitSeconds: 600 } }));
    const program = start(image, ["--upgrade"], {
      environment: { SEAWORTHY_LOG_FORMAT: "json", SEAWORTHY_LOG_LEVEL: "debug" },
    });
    await program.waitForOutput('"message":"applying 1_alter"');
    const beat = `still applying 1_alter, for \\d+ s: waits for pid ${report.pid} \\(a long report, postgres, idle in transaction`;
    await program.waitForOutput(new RegExp(beat));
    await program.waitForOutput(new RegExp(`${beat}[^]*${beat}`));
    await report.query("COMMIT");
    const ended = await program.ended;
    assertCode(ended, 0);
    const events = ended.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ message }) => String(message).startsWith("still "));
    for (const { migration, seconds, doing } of events) {
      assert.equal(migration, "1_alter");
      assert.ok(Number(seconds) >= 10);
      assert.match(String(doing), /^waits for pid/);
    }
  });

  test("an index: its phase, and how far it is", async () => {
    const database = await suite.database();
    await database.query(`CREATE TABLE items (id int); INSERT INTO items SELECT generate_series(1, 100000);
      CREATE FUNCTION slowly(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN PERFORM pg_sleep(CASE WHEN n > 1000 THEN 0.01 ELSE 0 END); RETURN n; END $$`);
    const migrations = { "1_index.sql": "CREATE INDEX items_slowly ON items (slowly(id));" };
    const program = start(suite.image(shopFiles({ url: database.url, migrations })), ["--upgrade"]);
    await program.waitForOutput(/still applying 1_index, for \d+ s: building index: scanning table, \d+ %/);
    await program.signal("SIGTERM");
    assertCode(await program.ended, 143);
  });

  test("a hook", async () => {
    const database = await suite.database();
    const wait = "until [ -e go ]; do sleep 0.1; done";
    const image = suite.image(
      shopFiles({
        url: database.url,
        migrations: { "1_a.sql": "SELECT 1;" },
        upgrade: { before: [["sh", "-c", wait]] },
      }),
    );
    const program = start(image, ["--upgrade"]);
    await program.waitForOutput(/still running upgrade\.before\[0\] \(sh\), for \d+ s\n/);
    image.write("go", "");
    assertCode(await program.ended, 0);
  });

  test("a migration on MariaDB: the state of its session", { skip: lacksMariadb() ?? false }, async () => {
    await using database = await createShopDatabase(mariadb(), suite);
    const program = start(database.image({ migrations: { "1_a.sql": "SELECT SLEEP(600);" } }), ["--upgrade"]);
    await program.waitForOutput(/still applying 1_a, for \d+ s: User sleep\n/);
    await program.signal("SIGTERM");
    assertCode(await program.ended, 143);
  });
});
