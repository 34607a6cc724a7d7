import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { assertCode, run, shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import { appliedIn, tablesOf } from "../upgrade/upgrading.ts";
import { layouts } from "./cases-layouts.ts";

const suite = openSuite();
after(() => suite.end());

describe("layouts of other tools", { concurrency: 3 }, () => {
  for (const [title, { migrations, names, tables }] of Object.entries(layouts)) {
    test(title, async () => {
      const database = await suite.database();
      const image = suite.image(shopFiles({ url: database.url, migrations }));
      await upgrade(image);
      assert.deepEqual(await appliedIn(database), names);
      assert.deepEqual(await tablesOf(database), tables);
    });
  }

  test("migrations recorded in another order are neither run again nor skipped", async () => {
    const database = await suite.database();
    const b = { "20250625_b/migration.sql": "CREATE TABLE b ();" };
    await upgrade(suite.image(shopFiles({ url: database.url, migrations: b })));
    // By number, the old order, b comes first.
    const a = { ...b, "20240101000000_a/migration.sql": "CREATE TABLE a ();" };
    await upgrade(suite.image(shopFiles({ url: database.url, version: "1.1.0", migrations: a })));
    const c = { ...a, "20250626000000_c/migration.sql": "CREATE TABLE c ();" };
    const image = suite.image(shopFiles({ url: database.url, version: "1.2.0", migrations: c }));
    await upgrade(image);
    await upgrade(image);
    assert.deepEqual(await appliedIn(database), ["20250625_b", "20240101000000_a", "20250626000000_c"]);
    assert.deepEqual(await tablesOf(database), ["a", "b", "c"]);
  });

  test("--baseline records only the migrations that the tool has applied before that name", async () => {
    const database = await suite.database();
    const migrations = {
      "20240101000000_a/migration.sql": "CREATE TABLE a ();",
      "20250625_c/migration.sql": "CREATE TABLE c ();",
      "20250301000000_b/migration.sql": "CREATE TABLE b ();",
    };
    await database.query("CREATE TABLE a (); CREATE TABLE b ()");
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    assertCode(await run(image, ["--baseline", "20250301000000_b"]), 0);
    assert.deepEqual(await appliedIn(database), ["20240101000000_a", "20250301000000_b"]);
    await upgrade(image);
    assert.deepEqual(await appliedIn(database), ["20240101000000_a", "20250301000000_b", "20250625_c"]);
    assert.deepEqual(await tablesOf(database), ["a", "b", "c"]);
  });

  test("a count of one is written in the singular", async () => {
    const database = await suite.database();
    const image = suite.image(shopFiles({ url: database.url, migrations: { "1_a.sql": "CREATE TABLE a ();" } }));
    const baseline = await run(image, ["--baseline", "1_a"]);
    assertCode(baseline, 0);
    assert.match(baseline.stderr, /recorded 1 migration as applied, up to 1_a/);
    assert.match((await run(image, ["--baseline", "1_a"])).stderr, /1 migration is recorded in it already/);
  });

  test("an error in a file with an up and a down part is reported at the file's own line", async () => {
    const database = await suite.database();
    const migrations = {
      "1_a.sql": "-- +goose Up\n\nCREATE TABLE a ();\nCREATE TABEL b ();\n-- +goose Down\nDROP TABLE a;\n",
    };
    const { stderr } = await upgrade(suite.image(shopFiles({ url: database.url, migrations })), [], 1);
    assert.match(stderr, /1_a\.sql:4:8\)/);
  });
});
