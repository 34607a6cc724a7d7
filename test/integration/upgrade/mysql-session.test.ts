import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { waitFor } from "../../harness/wait.ts";
import { createShopDatabase } from "./mysql-shop.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());
const create = () => createShopDatabase(mariadb(), suite);

describe("what a migration does to its session on MariaDB", { skip: lacksMariadb() ?? false, concurrency: 2 }, () => {
  for (const [what, statement] of [
    ["a role", "SET ROLE nobody"],
    ["a role, in a prepared statement", "EXECUTE IMMEDIATE 'SET ROLE nobody'"],
    [
      "settings, in a prepared statement",
      "EXECUTE IMMEDIATE 'SET autocommit = 0, sql_mode = '''', foreign_key_checks = 0'",
    ],
    ["settings, in a procedure", "CALL set_all()"],
    ["a transaction, in a prepared statement", "EXECUTE IMMEDIATE 'START TRANSACTION'"],
    ["an isolation level", "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"],
  ] as const)
    for (const kind of ["sql", "mjs"] as const)
      test(`${what}: ends with it (.${kind})`, async () => {
        await using database = await create();
        await database.query(`CREATE TABLE seen (mode text, checks int, level text, role text);
          CREATE ROLE IF NOT EXISTS nobody; GRANT nobody TO root@localhost;
          CREATE PROCEDURE set_all() BEGIN SET SESSION foreign_key_checks = 0, autocommit = 0; END`);
        const first =
          kind === "sql"
            ? `CREATE TABLE log (entry int); ${statement};`
            : `export async function up({ query }) { await query("CREATE TABLE log (entry int)"); await query(${JSON.stringify(statement)}); }`;
        const migrations = {
          [`1_a.${kind}`]: first,
          "2_b.sql": `INSERT INTO ${database.name}.seen VALUES (@@sql_mode, @@foreign_key_checks, @@tx_isolation, CURRENT_ROLE());`,
        };
        await upgrade(database.image({ migrations }));
        const [row] = await database.query("SELECT mode = @@sql_mode AS mode, checks, level, role FROM seen");
        assert.deepEqual(row, { mode: 1, checks: 1, level: "REPEATABLE-READ", role: null });
        assert.deepEqual(await database.applied(), ["1_a", "2_b"]);
      });

  for (const kind of ["sql", "mjs"] as const)
    test(`another database, in a prepared statement, is refused, and the corrected migration goes on (.${kind})`, async () => {
      await using database = await create();
      const source = (statement: string) =>
        kind === "sql"
          ? `CREATE TABLE log (entry int); ${statement}; INSERT INTO log VALUES (1);`
          : `export async function up({ query }) {
              for (const sql of ["CREATE TABLE log (entry int)", ${JSON.stringify(statement)}, "INSERT INTO log VALUES (1)"]) await query(sql);
            }`;
      const image = database.image({ migrations: { [`1_a.${kind}`]: source("EXECUTE IMMEDIATE 'USE mysql'") } });
      assert.match((await upgrade(image, [], 1)).stderr, /USE inside a migration\. Remove it: .* the URL's database/);
      image.write(`migrations/1_a.${kind}`, source("DO 1"));
      await upgrade(image);
      assert.deepEqual(await database.query("SELECT entry FROM log"), [{ entry: 1 }]);
    });

  for (const sql of ["SET SESSION TRANSACTION READ ONLY", "SET @@tx_read_only = 1"])
    test(`${sql} is refused`, async () => {
      await using database = await create();
      const { stderr } = await upgrade(database.image({ migrations: { "1_a.sql": `${sql};` } }), [], 78);
      assert.match(stderr, /a migration cannot be READ ONLY/);
    });

  for (const [what, statements] of [
    ["EXECUTE IMMEDIATE", "EXECUTE IMMEDIATE 'COMMIT';"],
    ["PREPARE and EXECUTE", "PREPARE s FROM 'COMMIT'; EXECUTE s; DEALLOCATE PREPARE s;"],
    ["a procedure", "CREATE PROCEDURE p() BEGIN INSERT INTO log VALUES (2); COMMIT; END; CALL p();"],
  ] as const)
    test(`COMMIT by ${what}: what is done is not repeated after a kill`, async () => {
      await using database = await create();
      await database.query("CREATE TABLE log (entry int); CREATE TABLE waiting SELECT seq FROM seq_1_to_600");
      const migrations = {
        "1_a.sql": `INSERT INTO log VALUES (1); ${statements}
          UPDATE log SET entry = entry + SLEEP((SELECT COUNT(*) FROM waiting)) WHERE entry = 1; INSERT INTO log VALUES (3);`,
      };
      const image = database.image({ migrations });
      const program = start(image, ["--upgrade"]);
      const id = await waitFor("the UPDATE", async () => {
        const [row] = await database.query(
          `SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '${database.name}' AND INFO LIKE 'UPDATE log SET%'`,
        );
        return row?.["ID"];
      });
      await database.query(`KILL ${String(id)}`);
      assert.equal((await program.ended).code, 69);
      await database.query("DELETE FROM waiting");
      await upgrade(image);
      const rows = await database.query("SELECT entry FROM log ORDER BY entry");
      assert.deepEqual(
        rows.map(({ entry }) => entry),
        what === "a procedure" ? [1, 2, 3] : [1, 3],
      );
    });

  test("a statement that is built in a variable and prepared does not stop a corrected migration", async () => {
    await using database = await create();
    const change = (column: string) => `
      SET @sql = IF((SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()
        AND TABLE_NAME = 't' AND COLUMN_NAME = '${column}') = 0, 'ALTER TABLE t ADD COLUMN ${column} int', 'DO 0');
      PREPARE change_t FROM @sql; EXECUTE change_t; DEALLOCATE PREPARE change_t;`;
    const source = (middle: string) =>
      `CREATE TABLE t (a int); ${change("b")} ${change("c")} PREPARE insert_t FROM 'INSERT INTO t (a) VALUES (1)'; DO 0; ${middle} EXECUTE insert_t;`;
    const image = database.image({ migrations: { "1_a.sql": source("INSERT INTO nope VALUES (1);") } });
    assert.match((await upgrade(image, [], 1)).stderr, /nope/);
    image.write("migrations/1_a.sql", source("DO 1;"));
    await upgrade(image);
    assert.deepEqual(await database.query("SELECT a, b, c FROM t"), [{ a: 1, b: null, c: null }]);
  });
});
