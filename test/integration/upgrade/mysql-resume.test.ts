import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { upgrade } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { createShopDatabase } from "./mysql-shop.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());
const create = () => createShopDatabase(mariadb(), suite);

/** Where a migration fails at first. The corrected file has another statement in its place. */
const fault = "INSERT INTO nope VALUES (1);";

describe(
  "a corrected migration goes on as if it had not stopped",
  { skip: lacksMariadb() ?? false, concurrency: 2 },
  () => {
    for (const [what, before, after, table, expected] of [
      [
        "a function that changes rows ran once",
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS int BEGIN INSERT INTO t VALUES (77); RETURN 5; END; SET @x = f();",
        "INSERT INTO t VALUES (@x);",
        "SELECT a FROM t ORDER BY a",
        [{ a: 5 }, { a: 77 }],
      ],
      [
        "a sequence gave one value",
        "CREATE TABLE t (a int); CREATE SEQUENCE s; SET @x = NEXTVAL(s); INSERT INTO t VALUES (@x);",
        "INSERT INTO t VALUES (NEXTVAL(s));",
        "SELECT a FROM t ORDER BY a",
        [{ a: 1 }, { a: 2 }],
      ],
      [
        "text, bytes, numbers and NULL in variables",
        `CREATE TABLE t (a text); SET @text = 'say "hi" – größer', @bytes = 0xFF00FE, @number = 1.10, @null = NULL, @empty = ''; INSERT INTO t VALUES (1);`,
        "DELETE FROM t; INSERT INTO t VALUES (@text), (HEX(@bytes)), (@number), (IFNULL(@null, 'null')), (CONCAT('[', @empty, ']'));",
        "SELECT a FROM t ORDER BY BINARY a",
        [{ a: "1.10" }, { a: "FF00FE" }, { a: "[]" }, { a: "null" }, { a: 'say "hi" – größer' }],
      ],
      [
        "a variable that only a procedure names",
        "CREATE TABLE t (a int); CREATE PROCEDURE p1() SET @hidden = 7; CREATE PROCEDURE p2() INSERT INTO t VALUES (@hidden); CALL p1();",
        "CALL p2();",
        "SELECT a FROM t",
        [{ a: 7 }],
      ],
    ] as const)
      test(what, async () => {
        await using database = await create();
        const migration = (middle: string) => ({ migrations: { "1_a.sql": `${before}\n${middle}\n${after}` } });
        assert.match((await upgrade(database.image(migration(fault)), [], 1)).stderr, /nope/);
        assert.match((await upgrade(database.image(migration("DO 0;")))).stderr, /resuming 1_a/);
        assert.deepEqual(await database.query(table), expected);
      });
  },
);

describe("a migration on MariaDB", { skip: lacksMariadb() ?? false, concurrency: 2 }, () => {
  test("in JavaScript is not recorded if the server rolled its transaction back, although it caught the error", async () => {
    await using database = await create();
    await database.query(
      "CREATE TABLE t (a int); CREATE TABLE l (a int PRIMARY KEY, b int); INSERT INTO l VALUES (1, 1), (2, 2)",
    );
    // With a deadlock, the server's choice of its victim decides. The end of a wait for a row is the same to the module.
    const other = await database.connect();
    await other.query("START TRANSACTION; UPDATE l SET b = 5 WHERE a = 2");
    const migrations = {
      "1_a.cjs": `exports.up = async ({ query }) => {
        await query("INSERT INTO t VALUES (1)");
        await query("UPDATE l SET b = 9 WHERE a = 2").catch(() => {});
        await query("INSERT INTO t VALUES (2)").catch(() => {});
      };`,
    };
    const limits = { lockWaitSeconds: 1, lockRetrySeconds: 0 };
    await upgrade(database.image({ migrations, upgrade: limits }), [], 75);
    assert.deepEqual(await database.query("SELECT a FROM t"), []);
    assert.deepEqual(await database.applied(), []);
    await other.query("ROLLBACK");
    await other.end();
    await upgrade(database.image({ migrations, upgrade: limits }));
    assert.deepEqual(await database.query("SELECT a FROM t ORDER BY a"), [{ a: 1 }, { a: 2 }]);
  });

  test("leaves none of its settings to the next one", async () => {
    await using database = await create();
    const migrations = {
      "1_a.sql": `CREATE TABLE t (a int);
        SET GLOBAL max_connect_errors = 200, SESSION sql_mode = ''; SET timestamp = 1000000000;
        INSERT INTO t VALUES (1);`,
      "2_b.sql": `CREATE TABLE u (mode text, late int); DO SLEEP(1.1);
        INSERT INTO u VALUES (@@sql_mode, @@timestamp < UNIX_TIMESTAMP(SYSDATE()) - 1);`,
    };
    await upgrade(database.image({ migrations }));
    const [row] = await database.query("SELECT mode = @@sql_mode AS same, late FROM u");
    assert.deepEqual(row, { same: 1, late: 0 });
  });

  for (const [sql, reason] of [
    [
      "SET STATEMENT max_statement_time = 1 FOR INSERT INTO t VALUES (1)",
      /SET STATEMENT … FOR inside a migration\. Write SET SESSION/,
    ],
    ["SET STATEMENT max_statement_time = 1 FOR COMMIT", /SET STATEMENT … FOR inside a migration/],
    ["KILL CONNECTION_ID()", /KILL of its own connection inside a migration\. Remove it: it ends the session/],
    ["SET completion_type = 2", /SET completion_type inside a migration/],
  ] as const)
    test(`${sql} is refused`, async () => {
      await using database = await create();
      const migrations = { "1_a.sql": `CREATE TABLE t (a int); ${sql};` };
      assert.match((await upgrade(database.image({ migrations }), [], 78)).stderr, reason);
    });
});
