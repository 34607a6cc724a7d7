import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createLinter } from "../../src/lint/lint.ts";
import { ask, startShop } from "./ask-catalog.ts";
import type { Server } from "./server.ts";

let shop: Server;
before(async () => {
  shop = await startShop();
});
after(() => shop.close());

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
