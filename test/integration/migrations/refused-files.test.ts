import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { assertCode, run, shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import type { ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { tablesOf } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

describe("a file that looks like a migration but would be skipped is refused", { concurrency: 4 }, () => {
  const good = { "1_a.sql": "CREATE TABLE a ();" };
  const refused: Readonly<Record<string, readonly [ImageFiles, RegExp]>> = {
    "Flyway's repeatable": [
      { "R__view.sql": "SELECT 1" },
      /R__view\.sql: repeatable migrations of Flyway are not run\. /,
    ],
    TypeScript: [{ "2_b.ts": "export {}" }, /2_b\.ts: TypeScript is not run\. Compile it/],
    "two of one name": [{ "2_b.sql": "", "2_b.mjs": "" }, /two migrations have the name 2_b: /],
    "two that differ in case": [{ "2_b.sql": "", "2_B.sql": "" }, /two migrations have the name 2_B: |the name 2_b: /],
    "COMMIT in the middle": [
      { "2_b.sql": "SELECT 1;\n  COMMIT;" },
      /2_b\.sql:2:3: COMMIT inside a migration\. Remove it/,
    ],
    "an unknown direction": [
      { "2_b.sql": "-- Up\nCREATE TABLE b ();\n-- Down\nDROP TABLE a;\n" },
      /2_b\.sql:3:1: "-- Down" looks like a marker of a down part/,
    ],
    "a direction after a statement": [
      { "2_b.sql": "CREATE TABLE b (); -- down\nDROP TABLE b;" },
      /2_b\.sql:1:20: "-- down" looks like a marker of a down part.*Keep only the up part here and move the rest into/,
    ],
    "setup and teardown": [
      { "2_b.sql": "-- setup\nCREATE TABLE b ();\n\n-- teardown\nDROP TABLE b;\n" },
      /2_b\.sql:4:1: "-- teardown" looks like a marker/,
    ],
    "uninstall, in a comment of the second kind": [
      { "2_b.sql": "CREATE TABLE b (); /* Uninstall */ DROP TABLE b;" },
      /2_b\.sql:1:20: "\/\* Uninstall \*\/" looks like a marker/,
    ],
    "drop, after Drizzle's end of a statement": [
      { "2_b.sql": "CREATE TABLE b ()\n--> statement-breakpoint\n-- drop\nDROP TABLE b;" },
      /2_b\.sql:3:1: "-- drop" looks like a marker/,
    ],
    "SQL beside Prisma's migration": [
      { "2_b/migration.sql": "CREATE TABLE b ();", "2_b/data.sql": "INSERT INTO b DEFAULT VALUES;" },
      /2_b\/data\.sql: it is not run: of this folder, only migration\.sql is run\./,
    ],
    "a script beside Prisma's migration": [
      { "2_b/migration.sql": "CREATE TABLE b ();", "2_b/fill.sh": "#!/bin/sh", "2_b/README.md": "" },
      /2_b\/fill\.sh: it is not run/,
    ],
    "SQL beside diesel's up.sql": [
      { "2_b/up.sql": "CREATE TABLE b ();", "2_b/down.sql": "DROP TABLE b;", "2_b/data.sql": "SELECT 1;" },
      /2_b\/data\.sql: it is not run: of this folder, only up\.sql is run\./,
    ],
    "yoyo's depends, against the order": [
      { "2_b.sql": "-- depends: 3_c\nCREATE TABLE b ();", "3_c.sql": "CREATE TABLE c ();" },
      /2_b\.sql:1: "-- depends: 3_c" contradicts the order of the folder: 3_c is applied after it/,
    ],
    "Sqitch's requires, against the order": [
      { "2_b.sql": "-- requires: c\nCREATE TABLE b ();", "3_c.sql": "CREATE TABLE c ();" },
      /2_b\.sql:1: "-- requires: c" contradicts the order/,
    ],
    "a module's depends, against the order": [
      { "2_b.mjs": "// depends: 3\nexport const up = () => {};", "3_c.sql": "CREATE TABLE c ();" },
      /2_b\.mjs:1: "\/\/ depends: 3" contradicts the order/,
    ],
    "a journal that is not UTF-8": [
      { "meta/_journal.json": Buffer.from('{"entries": [{"tag": "1_\xe9"}]}', "latin1") },
      /_journal\.json:1:25: this byte is not UTF-8/,
    ],
    "one inside a function": [
      { "2_b.sql": "DO $$ BEGIN\n-- +goose Down\nDROP TABLE a; END $$;" },
      /2_b\.sql:2:1: "-- \+goose Down" is inside a string, a function body or a comment/,
    ],
    "Flyway's placeholder": [
      { "V2__b.sql": "CREATE TABLE b AS SELECT '${x}' AS x;" },
      /V2__b\.sql:1:27: "\$\{x\}" is a placeholder of Flyway/,
    ],
    "a template's mark in a name": [
      { "2_b.sql": 'CREATE TABLE "{{ name }}" ();' },
      /2_b\.sql:1:15: "\{\{ name \}\}" is a placeholder of another tool/,
    ],
    "a template's mark in a string beside the tool's configuration": [
      { "2_b.sql": "CREATE TABLE b AS SELECT '{{.x}}' AS x;", "tern.conf": "" },
      /2_b\.sql:1:27: "\{\{\.x\}\}" is a placeholder of tern/,
    ],
    "goose's environment variables": [
      { "2_b.sql": "-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE b AS SELECT '${HOME}' AS x;" },
      /2_b\.sql:2:1: "-- \+goose ENVSUB ON": goose replaces environment variables/,
    ],
    "Flyway's callback": [{ "beforeClean.sql": "DROP TABLE a;" }, /beforeClean\.sql: it is a callback of Flyway/],
    "Flyway's baseline": [{ "B2__b.sql": "CREATE TABLE b ();" }, /B2__b\.sql: it is a baseline of Flyway/],
    "goose's Go": [{ "00002_b.go": "package migrations" }, /00002_b\.go: Go is not run/],
    "a folder": [{ "2024/2_b.sql": "CREATE TABLE b ();" }, /2024\/2_b\.sql: in a subfolder, only/],
    "dates that cannot be put in order": [
      { "20240101000000_b.sql": "CREATE TABLE b ();", "20230625_c.sql": "", "20220101000000_d.sql": "" },
      /cannot tell which comes first, .*20230625_c\.sql or .*20220101000000_d\.sql: their numbers have different lengths/,
    ],
    "an index that a rerun could not find": [
      { "2_b.sql": "-- seaworthy: no-transaction\nCREATE INDEX CONCURRENTLY ON a (id);" },
      /2_b\.sql:2:1: CREATE INDEX CONCURRENTLY without a plain name\. Name the index/,
    ],
  };
  for (const [title, [files, message]] of Object.entries(refused)) {
    test(title, async () => {
      const database = await suite.database();
      const image = suite.image(shopFiles({ url: database.url, migrations: { ...good, ...files } }));
      assert.match((await upgrade(image, [], 78)).stderr, message);
      assert.deepEqual(await tablesOf(database), []);
      const plan = await run(image, ["--plan"]);
      // What Postgres refuses in a transaction, or could not resume, is a finding there.
      if (plan.code !== 78) assert.match(plan.stdout, /CONCURRENTLY/);
    });
  }

  test("control: without these files the image is applied", async () => {
    const database = await suite.database();
    assertCode(await run(suite.image(shopFiles({ url: database.url, migrations: good })), ["--upgrade"]), 0);
    assert.deepEqual(await tablesOf(database), ["a"]);
  });
});
