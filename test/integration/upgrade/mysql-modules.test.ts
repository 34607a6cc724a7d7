import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { assertCode, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { createShopDatabase } from "./mysql-shop.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());
const create = () => createShopDatabase(mariadb(), suite);

describe("a migration in JavaScript on MariaDB", { skip: lacksMariadb() ?? false, concurrency: 2 }, () => {
  for (const change of ["CREATE TABLE c (id int)", "CALL fill()"])
    test(`that waited for a row after ${change} does not repeat what is done`, async () => {
      await using database = await create();
      await database.query(`CREATE TABLE log (entry int); CREATE TABLE l (a int PRIMARY KEY, b int); INSERT INTO l VALUES (1, 1);
        CREATE PROCEDURE fill() INSERT INTO log VALUES (2)`);
      const other = await database.connect();
      await other.query("START TRANSACTION; UPDATE l SET b = 5 WHERE a = 1");
      const migrations = {
        "1_a.mjs": `export async function up({ query }) {
          await query("INSERT INTO log VALUES (1)");
          await query("${change}");
          await query("INSERT INTO log VALUES (3)");
          await query("UPDATE l SET b = b + 1 WHERE a = 1");
          await query("INSERT INTO log VALUES (4)");
        }`,
      };
      const program = start(database.image({ migrations, upgrade: { lockWaitSeconds: 1 } }), ["--upgrade"]);
      await program.waitForOutput("trying again");
      await other.query("COMMIT");
      await other.end();
      assertCode(await program.ended, 0);
      const rows = await database.query("SELECT entry FROM log ORDER BY entry");
      const filled = change.startsWith("CALL") ? [2] : [];
      assert.deepEqual(
        rows.map(({ entry }) => entry),
        [1, ...filled, 3, 4],
      );
      assert.deepEqual(await database.query("SELECT b FROM l"), [{ b: 6 }]);
    });

  test("that failed at a change of the schema goes on when it is corrected", async () => {
    await using database = await create();
    const module = (table: string) => ({
      migrations: {
        "1_a.mjs": `export async function up({ query }) {
          await query("CREATE TABLE a (id int)");
          await query("INSERT INTO a VALUES (1)");
          await query("ALTER TABLE ${table} ADD COLUMN n int");
          await query("CREATE TABLE b (id int)");
        }`,
      },
    });
    assert.match((await upgrade(database.image(module("nope")), [], 1)).stderr, /nope/);
    assert.match((await upgrade(database.image(module("a")))).stderr, /resuming 1_a/);
    assert.deepEqual(await database.query("SELECT id, n FROM a"), [{ id: 1, n: null }]);
  });

  test("sends nothing after it has failed, neither what waited in line nor what comes later", async () => {
    await using database = await create();
    await database.query("CREATE TABLE log (entry int)");
    const migrations = {
      "1_a.mjs": `export async function up({ query }) {
        const all = [query("INSERT INTO nope VALUES (1)"), query("DO SLEEP(0.5)"), query("INSERT INTO log VALUES (1)")];
        setTimeout(() => query("INSERT INTO log VALUES (2)"), 100);
        await Promise.all(all);
      }`,
    };
    const hook = ["sh", "-c", "sleep 1"];
    const { stderr } = await upgrade(database.image({ migrations, upgrade: { onFailure: [hook] } }), [], 1);
    assert.match(stderr, /cannot apply migration 1_a[^]*nope/);
    assert.deepEqual(await database.query("SELECT entry FROM log"), []);
  });
});
