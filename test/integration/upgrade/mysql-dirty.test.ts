import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { run, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { waitFor } from "../../harness/wait.ts";
import { createShopDatabase, type ShopDatabase } from "./mysql-shop.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());
const create = () => createShopDatabase(mariadb(), suite);

/** Runs an upgrade, and kills its connection as soon as the server runs a statement that begins so. */
async function killIn(
  database: ShopDatabase,
  image: ReturnType<ShopDatabase["image"]>,
  statement: string,
): Promise<void> {
  const program = start(image, ["--upgrade"]);
  const id = await waitFor(statement, async () => {
    const [row] = await database.query(
      `SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '${database.name}' AND INFO LIKE '${statement}%' AND ID <> CONNECTION_ID()`,
    );
    return row?.["ID"];
  });
  await database.query(`KILL ${String(id)}`);
  assert.equal((await program.ended).code, 69, program.stderr());
}

describe(
  "a statement was running when the connection was killed",
  { skip: lacksMariadb() ?? false, concurrency: 2 },
  () => {
    test("a CALL that has committed: dirty, with what to look at; a person says that it is done", async () => {
      await using database = await create();
      const migrations = {
        "1_a.sql": `CREATE TABLE a (id int);
        CREATE PROCEDURE p() BEGIN INSERT INTO a VALUES (1); CREATE TABLE b (id int); DO SLEEP(600); END;
        CALL p();
        INSERT INTO a VALUES (2);`,
      };
      const image = database.image({ migrations });
      await killIn(database, image, "DO SLEEP(600)");
      assert.match((await run(image, ["--status"])).stdout, /dirty/);
      const { stderr } = await upgrade(image, [], 1);
      assert.match(
        stderr,
        /1_a\.sql:3:9: an earlier upgrade ended while statement 3 .* cannot be told\. It commits by itself/,
      );
      const [, done = ""] = /run --upgrade again: (UPDATE .*;)/.exec(stderr) ?? [];
      await database.query(done);
      await upgrade(image);
      assert.deepEqual(await database.query("SELECT id FROM a ORDER BY id"), [{ id: 1 }, { id: 2 }]);
    });

    test("a CALL that has committed nothing runs again", async () => {
      await using database = await create();
      const migrations = {
        "1_a.sql": `CREATE TABLE a (id int);
        CREATE TABLE wait_once (n int);
        CREATE PROCEDURE p() BEGIN INSERT INTO a VALUES (1); DO SLEEP((SELECT 600 - COUNT(*) FROM wait_once)); END;
        CALL p();`,
      };
      const image = database.image({ migrations });
      await killIn(database, image, "DO SLEEP((SELECT 600");
      await database.query("INSERT INTO wait_once SELECT seq FROM seq_1_to_600");
      await upgrade(image);
      assert.deepEqual(await database.query("SELECT id FROM a"), [{ id: 1 }]);
    });

    test("the values of variables and of LAST_INSERT_ID() are there when it goes on", async () => {
      await using database = await create();
      const migrations = {
        "1_a.sql": `CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY, n decimal(30, 10), s varchar(20));
        SET @n = 12345678901234567890.5, @s = 'it''s', sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES');
        INSERT INTO a (n) VALUES (1), (2);
        SET @id = LAST_INSERT_ID() + 1;
        UPDATE a SET s = SLEEP((SELECT COUNT(*) FROM waiting)) WHERE id = 1;
        INSERT INTO a ("n", "s") SELECT @n, CONCAT(@s, @id, LAST_INSERT_ID());`,
      };
      const image = database.image({ migrations });
      await database.query("CREATE TABLE waiting SELECT seq FROM seq_1_to_600");
      await killIn(database, image, "UPDATE a SET s = SLEEP");
      await database.query("DELETE FROM waiting");
      await upgrade(image);
      const [row] = await database.query("SELECT CAST(n AS CHAR) AS n, s FROM a ORDER BY id DESC LIMIT 1");
      assert.deepEqual(row, { n: "12345678901234567890.5000000000", s: "it's21" });
    });

    test("a module that changes the schema skips what is done, and is refused if it then asks for other things", async () => {
      await using database = await create();
      const module = (first: string) => `export async function up({ query }) {
      await query("INSERT INTO a VALUES (${first})");
      await query("CREATE TABLE b (id int)");
      await query("UPDATE a SET n = SLEEP((SELECT COUNT(*) FROM waiting))");
      await query("INSERT INTO b VALUES (1)");
    }`;
      await database.query("CREATE TABLE a (n int); CREATE TABLE waiting SELECT seq FROM seq_1_to_600");
      const image = database.image({ migrations: { "1_a.mjs": module("1") } });
      await killIn(database, image, "UPDATE a SET n = SLEEP");
      await database.query("DELETE FROM waiting");
      image.write("migrations/1_a.mjs", module("2"));
      assert.match(
        (await upgrade(image, [], 1)).stderr,
        /cannot resume the migration 1_a: .* it sends another statement than before/,
      );
      image.write("migrations/1_a.mjs", module("1"));
      assert.match((await upgrade(image)).stderr, /resuming 1_a: it runs again, and skips what is done/);
      assert.deepEqual(await database.query("SELECT (SELECT COUNT(*) FROM a) AS a, (SELECT COUNT(*) FROM b) AS b"), [
        { a: 1, b: 1 },
      ]);
    });

    test("a temporary table ends with the session: the migration cannot be resumed, and says so", async () => {
      await using database = await create();
      const migrations = {
        "1_a.sql": `CREATE TABLE a (id int); INSERT INTO a VALUES (1);
        CREATE TEMPORARY TABLE t (id int);
        UPDATE a SET id = SLEEP(600);
        INSERT INTO a SELECT id FROM t;`,
      };
      const image = database.image({ migrations });
      await killIn(database, image, "UPDATE a SET id = SLEEP");
      assert.match(
        (await upgrade(image, [], 1)).stderr,
        /1_a\.sql:2:9: .* its temporary table has ended with its session/,
      );
    });
  },
);
