import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createLinter } from "../../src/lint/lint.ts";
import { ask, rulesForOne, startShop } from "./ask-catalog.ts";
import { blockingCases } from "./cases-blocking.ts";
import { compatibilityCases } from "./cases-compatibility.ts";
import { failingCases } from "./cases-failing.ts";
import { toCase } from "./cases.ts";
import type { Server } from "./server.ts";

let shop: Server;
before(async () => {
  shop = await startShop();
});
after(() => shop.close());

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
    for (const [sql, rule] of Object.entries(live)) assert.deepEqual(await rulesForOne(shop, sql), [rule], sql);
    // Control: the same with names that do not exist.
    for (const sql of Object.keys(live)) {
      const renamed = sql.replaceAll(/\b(big|ticket|app|plpgsql|totals|orders_state|doomed)\b/g, "new_$1");
      const rest = /orders/.test(sql) ? ["add-index", "drop-index"] : [];
      assert.deepEqual(await rulesForOne(shop, renamed), rest, renamed);
    }
  });

  test("IF NOT EXISTS that does nothing is not a finding", async () => {
    assert.deepEqual(await rulesForOne(shop, "CREATE INDEX IF NOT EXISTS orders_state ON orders (state)"), []);
    assert.deepEqual(
      await rulesForOne(shop, "ALTER TABLE orders ADD COLUMN IF NOT EXISTS id bigserial CHECK (id > 0)"),
      [],
    );
    // Control.
    assert.deepEqual(await rulesForOne(shop, "CREATE INDEX IF NOT EXISTS other ON orders (state)"), ["add-index"]);
    assert.deepEqual(await rulesForOne(shop, "ALTER TABLE orders ADD COLUMN IF NOT EXISTS other bigserial"), [
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
    for (const sql of absent) assert.deepEqual(await rulesForOne(shop, sql), [], sql);
    // Control: without a database, the linter assumes the worst.
    for (const sql of absent) assert.notDeepEqual((await createLinter()([{ sql }])).flat(), [], sql);
  });

  test("an empty table counts as in use", async () => {
    assert.deepEqual(await rulesForOne(shop, "CREATE INDEX ON big (id)"), ["add-index"]);
  });
});
