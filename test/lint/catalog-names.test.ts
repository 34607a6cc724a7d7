import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createLinter } from "../../src/lint/lint.ts";
import { ask, rulesFor, rulesForOne, startShop } from "./ask-catalog.ts";
import type { Server } from "./server.ts";

let shop: Server;
before(async () => {
  shop = await startShop();
});
after(() => shop.close());

describe("with the catalogue of the database that the previous version uses", () => {
  test("names resolve as on the server: quotes, schemas, search_path, temporary tables", async () => {
    const expected: Readonly<Record<string, readonly string[]>> = {
      'DROP TABLE "Big"': ["drop-table"],
      'DROP TABLE IF EXISTS "BIG"': [],
      "DROP TABLE BIG": ["drop-table"],
      "DROP TABLE IF EXISTS jobs": [],
      "SET search_path TO app, public; DROP TABLE IF EXISTS jobs": ["drop-table"],
      "SET LOCAL search_path = 'app'; DROP TABLE IF EXISTS orders": [],
      "SELECT pg_catalog.set_config('search_path', '', false); DROP TABLE IF EXISTS orders": [],
      "SELECT pg_catalog.set_config('search_path', '', false); RESET search_path; DROP TABLE IF EXISTS orders": [
        "drop-table",
      ],
      // The resulting search_path is unknown.
      "SELECT set_config('search_path', current_user, false); DROP TABLE IF EXISTS jobs": ["drop-table"],
      'ALTER TABLE app.jobs DROP "Odd Name"': ["drop-column"],
      "ALTER TABLE app.jobs DROP IF EXISTS odd_name": [],
      "CREATE TEMP TABLE big (id int); DROP TABLE big": [],
      "CREATE TEMP TABLE big (id int); DROP TABLE big; DROP TABLE big": ["drop-table"],
      "SET search_path TO app; CREATE TABLE orders (id int); DROP TABLE orders": [],
      "SET search_path TO app; CREATE TABLE orders (id int); DROP TABLE public.orders": ["drop-table"],
      "REVOKE ALL ON ALL TABLES IN SCHEMA app FROM PUBLIC": ["revoke"],
      "REVOKE ALL ON ALL TABLES IN SCHEMA gone FROM PUBLIC": [],
    };
    for (const [sql, rules] of Object.entries(expected)) assert.deepEqual(await rulesForOne(shop, sql), rules, sql);
  });

  test("the linter follows what earlier migrations of the plan create, drop, rename and move", async () => {
    const expected: readonly (readonly [readonly string[], readonly (readonly string[])[]])[] = [
      [
        ["CREATE TABLE draft (id int)", "CREATE INDEX ON draft (id); DROP TABLE IF EXISTS draft"],
        [[], []],
      ],
      // A live table under a new name.
      [
        ["ALTER TABLE big RENAME TO huge; CREATE VIEW big AS SELECT * FROM huge", "CREATE INDEX ON huge (id)"],
        [[], ["add-index"]],
      ],
      [
        ["ALTER TABLE big RENAME TO huge", "ALTER TABLE huge DROP doomed"],
        [["rename-table"], ["drop-column"]],
      ],
      [
        ["ALTER TABLE big RENAME TO huge", "ALTER TABLE huge DROP IF EXISTS gone"],
        [["rename-table"], []],
      ],
      [
        ["ALTER TABLE big RENAME doomed TO saved", "ALTER TABLE big DROP IF EXISTS doomed, DROP saved"],
        [["rename-column"], ["drop-column"]],
      ],
      [
        ["ALTER TABLE big SET SCHEMA app", "TRUNCATE app.big"],
        [["set-schema"], ["truncate"]],
      ],
      [
        ["ALTER SCHEMA app RENAME TO work", "DROP TABLE work.jobs"],
        [["rename-object"], ["drop-table"]],
      ],
      // Dropped and created again: no version uses the second one.
      [
        ["DROP TABLE big", "CREATE TABLE IF NOT EXISTS big (id int)", "DROP TABLE big; DROP TABLE IF EXISTS big"],
        [["drop-table"], [], []],
      ],
      [
        ["DROP SCHEMA app CASCADE; CREATE SCHEMA app", "DROP TABLE IF EXISTS app.jobs"],
        [["drop-object"], []],
      ],
      [
        ["ALTER TABLE big DROP doomed", "ALTER TABLE big ADD IF NOT EXISTS doomed int; ALTER TABLE big DROP doomed"],
        [["drop-column"], []],
      ],
      // A temporary table does not exist in the next migration.
      [
        ["CREATE TEMP TABLE big (id int)", "DROP TABLE big"],
        [[], ["drop-table"]],
      ],
    ];
    for (const [migrations, rules] of expected)
      assert.deepEqual(await rulesFor(shop, ...migrations), rules, migrations.join(" | "));
  });

  test("CURRENT_USER is whom the server means, and never a role without a name", async () => {
    const { rows } = await shop.client.query<{ role: string }>("SELECT current_user::text AS role");
    const role = rows[0]?.role;
    const cases: Readonly<Record<string, readonly string[]>> = {
      "DROP OWNED BY current_user": ["drop-object"],
      "DROP OWNED BY session_user, current_role CASCADE": ["drop-object"],
      "SET ROLE pg_monitor; DROP OWNED BY CURRENT_USER": ["drop-object"],
      "DROP OWNED BY pg_monitor": ["drop-object"],
      // Control: a role that this upgrade created.
      "CREATE ROLE helper; DROP OWNED BY helper CASCADE": [],
      [`CREATE SCHEMA AUTHORIZATION CURRENT_USER; DROP SCHEMA "${role}"`]: [],
      "CREATE SCHEMA IF NOT EXISTS AUTHORIZATION CURRENT_ROLE; DROP SCHEMA archive": ["drop-object"],
      [`CREATE SCHEMA AUTHORIZATION CURRENT_USER; SET search_path TO "$user"; CREATE TABLE big (a int); DROP TABLE "${role}".big`]:
        [],
    };
    for (const [sql, expected] of Object.entries(cases)) assert.deepEqual(await rulesForOne(shop, sql), expected, sql);
  });

  test("DROP OWNED BY CURRENT_USER really takes the tables away", async () => {
    const { client } = shop;
    await client.query("BEGIN");
    try {
      await client.query("CREATE ROLE helper; GRANT CREATE ON SCHEMA app TO helper; SET ROLE helper");
      await client.query("CREATE TABLE app.mine (id int)");
      // The catalogue query makes the transaction read-only.
      await client.query("SAVEPOINT look");
      const { catalog } = await ask(shop);
      const lint = createLinter({ serverVersion: 18, catalog });
      const sql = "DROP OWNED BY CURRENT_USER";
      assert.deepEqual(
        (await lint([{ sql }])).flat().map(({ message }) => message),
        ["DROP removes everything that the current role owns, which the previous version may still use."],
      );
      await client.query("ROLLBACK TO look");
      await client.query(sql);
      await client.query("RESET ROLE");
      const { rows } = await client.query("SELECT to_regclass('app.mine') AS left");
      assert.deepEqual(rows, [{ left: null }]);
    } finally {
      await client.query("ROLLBACK");
    }
  });

  test("the search_path is the session's", async () => {
    await shop.client.query(`SET search_path = "$user", nowhere, app, public`);
    try {
      assert.deepEqual(await rulesForOne(shop, "DROP TABLE jobs"), ["drop-table"]);
      assert.deepEqual(await rulesForOne(shop, "CREATE TABLE big (id int); DROP TABLE big"), []);
      assert.deepEqual(await rulesForOne(shop, "CREATE TABLE big (id int); DROP TABLE big; DROP TABLE big"), [
        "drop-table",
      ]);
      assert.deepEqual(
        await rulesForOne(shop, "CREATE SCHEMA nowhere; CREATE TABLE big (); DROP TABLE nowhere.big"),
        [],
      );
      assert.deepEqual(await rulesForOne(shop, "DROP TABLE IF EXISTS app.big"), []);
    } finally {
      await shop.client.query("RESET search_path");
    }
  });
});
