import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openCatalog, type Catalog } from "../../src/lint/catalog/catalog.ts";
import { createLinter } from "../../src/lint/lint.ts";
import { blockingCases } from "./cases-blocking.ts";
import { compatibilityCases } from "./cases-compatibility.ts";
import { failingCases } from "./cases-failing.ts";
import { toCase } from "./cases.ts";
import { startServer, type Server } from "./server.ts";

const more = `
CREATE SCHEMA app;
CREATE TABLE app.jobs (id int, "Odd Name" int);
CREATE TABLE "Big" (id int);
CREATE TABLE big (id int, doomed int);
CREATE TABLE archive.settings (old int);
CREATE EXTENSION IF NOT EXISTS plpgsql;
`;

let shop: Server;
let empty: Server;
before(async () => {
  shop = await startServer();
  await shop.client.query(more);
  empty = await startServer("");
});
after(async () => {
  await shop.close();
  await empty.close();
});

interface Asked {
  readonly catalog: Catalog;
  /** The queries sent to the server. */
  readonly queries: readonly string[];
}

async function ask({ client }: Server, ownTables: readonly string[] = []): Promise<Asked> {
  const queries: string[] = [];
  const query = async (sql: string) => {
    queries.push(sql);
    const results = (await client.query(sql)) as unknown as readonly { readonly rows: Record<string, unknown>[] }[];
    return results.at(-1)?.rows ?? [];
  };
  const catalog = await openCatalog({ query, literal: (text) => client.escapeLiteral(text) }, ownTables);
  return { catalog, queries };
}

/** The rules that find each migration of one upgrade, with a fresh catalogue. */
async function rulesFor(server: Server, ...migrations: readonly string[]): Promise<readonly (readonly string[])[]> {
  const { catalog } = await ask(server);
  const lint = createLinter({ serverVersion: 18, catalog });
  const found: (readonly string[])[] = [];
  for (const sql of migrations) found.push((await lint([{ sql }])).flat().map(({ rule }) => rule));
  return found;
}

const one = async (server: Server, sql: string) => (await rulesFor(server, sql))[0];

const allCases = [...compatibilityCases, ...blockingCases, ...failingCases];

describe("with the catalogue of the database that the previous version uses", () => {
  test("every case has the same findings as without the catalogue", async () => {
    const { catalog } = await ask(shop);
    for (const { rule, bad, good } of allCases) {
      for (const [items, isBad] of [
        [bad, true],
        [good, false],
      ] as const)
        for (const { sql, transaction = true, serverVersion = 18, also = [] } of items.map(toCase)) {
          const lint = createLinter({ serverVersion, catalog });
          const rules = new Set((await lint([{ sql, transaction }])).flat().map((finding) => finding.rule));
          assert.deepEqual([...rules].toSorted(), isBad ? [rule, ...also].toSorted() : [], sql.slice(0, 300));
        }
    }
  });

  test("IF NOT EXISTS creates nothing if any kind of object has the name", async () => {
    const live: Readonly<Record<string, string>> = {
      "create table if not exists big(a int); drop table big;": "drop-table",
      "CREATE SEQUENCE IF NOT EXISTS ticket; DROP SEQUENCE ticket": "drop-object",
      "CREATE SCHEMA IF NOT EXISTS app; DROP SCHEMA app CASCADE": "drop-object",
      "CREATE SCHEMA IF NOT EXISTS app; DROP TABLE app.jobs": "drop-table",
      "CREATE EXTENSION IF NOT EXISTS plpgsql; DROP EXTENSION plpgsql": "drop-object",
      "CREATE MATERIALIZED VIEW IF NOT EXISTS totals AS SELECT 1 AS a; DROP MATERIALIZED VIEW totals": "drop-view",
      "CREATE INDEX IF NOT EXISTS orders_state ON orders (state); DROP INDEX orders_state": "drop-index",
      "ALTER TABLE big ADD COLUMN IF NOT EXISTS doomed int; ALTER TABLE big DROP COLUMN doomed": "drop-column",
      "CREATE TABLE IF NOT EXISTS big AS SELECT 1 AS a; ALTER TABLE big RENAME TO small": "rename-table",
      "DO $$ BEGIN CREATE TABLE big (); EXCEPTION WHEN duplicate_table THEN NULL; END $$; TRUNCATE big": "truncate",
    };
    for (const [sql, rule] of Object.entries(live)) assert.deepEqual(await one(shop, sql), [rule], sql);
    // Control: the same with names that do not exist.
    for (const sql of Object.keys(live)) {
      const renamed = sql.replaceAll(/\b(big|ticket|app|plpgsql|totals|orders_state|doomed)\b/g, "new_$1");
      const rest = /orders/.test(sql) ? ["add-index", "drop-index"] : [];
      assert.deepEqual(await one(shop, renamed), rest, renamed);
    }
  });

  test("IF NOT EXISTS that does nothing is not a finding", async () => {
    assert.deepEqual(await one(shop, "CREATE INDEX IF NOT EXISTS orders_state ON orders (state)"), []);
    assert.deepEqual(await one(shop, "ALTER TABLE orders ADD COLUMN IF NOT EXISTS id bigserial CHECK (id > 0)"), []);
    // Control.
    assert.deepEqual(await one(shop, "CREATE INDEX IF NOT EXISTS other ON orders (state)"), ["add-index"]);
    assert.deepEqual(await one(shop, "ALTER TABLE orders ADD COLUMN IF NOT EXISTS other bigserial"), [
      "add-column-rewrite",
    ]);
  });

  test("dropping an object that does not exist is not a finding", async () => {
    const absent = [
      "DROP TABLE IF EXISTS gone, gone_too CASCADE",
      "DROP VIEW IF EXISTS gone",
      "DROP INDEX IF EXISTS gone",
      "DROP FUNCTION IF EXISTS gone(int)",
      "DROP TYPE IF EXISTS gone",
      "DROP SCHEMA IF EXISTS gone CASCADE",
      "DROP SEQUENCE IF EXISTS gone",
      "DROP EXTENSION IF EXISTS hstore",
      "DROP TRIGGER IF EXISTS gone ON orders",
      "DROP POLICY IF EXISTS gone ON orders",
      "DROP RULE IF EXISTS gone ON settings",
      "DROP COLLATION IF EXISTS gone",
      "DROP ROLE IF EXISTS gone_with_the_wind",
      "ALTER TABLE orders DROP COLUMN IF EXISTS gone",
      "ALTER TABLE IF EXISTS gone DROP COLUMN id, ADD COLUMN serial_no bigserial",
      "ALTER TABLE IF EXISTS gone RENAME TO lost",
      "DROP TABLE IF EXISTS app.big, public.jobs",
    ];
    for (const sql of absent) assert.deepEqual(await one(shop, sql), [], sql);
    // Control: without a database, the linter assumes the worst.
    for (const sql of absent) assert.notDeepEqual((await createLinter()([{ sql }])).flat(), [], sql);
  });

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
    for (const [sql, rules] of Object.entries(expected)) assert.deepEqual(await one(shop, sql), rules, sql);
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
    for (const [sql, expected] of Object.entries(cases)) assert.deepEqual(await one(shop, sql), expected, sql);
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
      assert.deepEqual(await one(shop, "DROP TABLE jobs"), ["drop-table"]);
      assert.deepEqual(await one(shop, "CREATE TABLE big (id int); DROP TABLE big"), []);
      assert.deepEqual(await one(shop, "CREATE TABLE big (id int); DROP TABLE big; DROP TABLE big"), ["drop-table"]);
      assert.deepEqual(await one(shop, "CREATE SCHEMA nowhere; CREATE TABLE big (); DROP TABLE nowhere.big"), []);
      assert.deepEqual(await one(shop, "DROP TABLE IF EXISTS app.big"), []);
    } finally {
      await shop.client.query("RESET search_path");
    }
  });

  test("an empty table counts as in use", async () => {
    assert.deepEqual(await one(shop, "CREATE INDEX ON big (id)"), ["add-index"]);
  });
});

describe("with the catalogue of an empty database", () => {
  test("only statements that fail or affect more than this database are found", async () => {
    const { catalog } = await ask(empty);
    assert.equal(catalog.isEmpty, true);
    const lint = createLinter({ serverVersion: 18, catalog });
    const isOutside = (sql: string) =>
      /REVOKE pg_read_all_data FROM|DROP (ROLE|DATABASE|OWNED)|DROP USER postgres/.test(sql);
    for (const { rule, bad, good } of [...compatibilityCases, ...blockingCases])
      for (const item of [...bad, ...good]) {
        const { sql, transaction = true } = toCase(item);
        const rules = (await lint([{ sql, transaction }])).flat().map((finding) => finding.rule);
        assert.deepEqual(
          rules.filter((found) => found !== "needs-no-transaction"),
          bad.includes(item) && isOutside(sql) ? [rule] : [],
          sql,
        );
      }
  });

  test("a database that has only tables of seaworthy and of extensions counts as empty", async () => {
    const own = await startServer("CREATE SCHEMA seaworthy; CREATE TABLE seaworthy.migrations (name text)");
    try {
      assert.equal((await ask(own, ["seaworthy.migrations"])).catalog.isEmpty, true);
      // Control.
      assert.equal((await ask(own)).catalog.isEmpty, false);
      await own.client.query("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'");
      assert.equal((await ask(own, ["seaworthy.migrations"])).catalog.isEmpty, false);
    } finally {
      await own.close();
    }
  });
});

describe("the catalogue query", () => {
  test("is sent once for many migrations, with the same findings as one by one", async () => {
    const migrations = Array.from({ length: 300 }, (_, n) => ({
      sql: n % 2 === 0 ? `CREATE TABLE new_${n} (id int)` : `DROP TABLE new_${n - 1}; DROP TABLE IF EXISTS gone_${n}`,
    }));
    const all = [...migrations, { sql: "SELEC" }, { sql: "" }, { sql: "DROP TABLE orders" }, { sql: "TRUNCATE users" }];
    const { catalog, queries } = await ask(shop);
    const started = queries.length;
    const together = await createLinter({ catalog })(all);
    assert.equal(queries.length, started + 1);
    const lint = createLinter({ catalog: (await ask(shop)).catalog });
    const single: unknown[] = [];
    for (const migration of all) single.push(...(await lint([migration])));
    assert.deepEqual(together, single);
    assert.deepEqual(
      together.map((findings) => findings.map(({ rule }) => rule).join()),
      [...migrations.map(() => ""), "syntax-error", "", "drop-table", "truncate"],
    );
  });

  test("is sent once per migration, never for known names, and is read-only with a timeout", async () => {
    const { catalog, queries } = await ask(shop);
    const started = queries.length;
    const lint = createLinter({ catalog });
    await lint([{ sql: "DROP TABLE orders; ALTER TABLE users DROP email; DROP INDEX orders_state; SELECT 1" }]);
    assert.equal(queries.length, started + 1);
    await lint([{ sql: "ALTER TABLE orders DROP email; INSERT INTO users VALUES (1, 'never a name')" }]);
    assert.equal(queries.length, started + 1);
    // A new schema means asking again about names known from other schemas.
    assert.deepEqual((await lint([{ sql: "DROP TABLE archive.settings" }])).flat().length, 1);
    for (const sql of queries) {
      assert.match(sql, /^SET LOCAL statement_timeout = '10s';.* SET LOCAL transaction_read_only = on;/);
      assert.doesNotMatch(sql, /never a name/);
    }
  });
});
