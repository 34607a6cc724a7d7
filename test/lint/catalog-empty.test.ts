import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createLinter } from "../../src/lint/lint.ts";
import { ask } from "./ask-catalog.ts";
import { blockingCases } from "./cases-blocking.ts";
import { compatibilityCases } from "./cases-compatibility.ts";
import { toCase } from "./cases.ts";
import { startServer, type Server } from "./server.ts";

let empty: Server;
before(async () => {
  empty = await startServer("");
});
after(() => empty.close());

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
