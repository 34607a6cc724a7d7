import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { suite, test } from "node:test";
import { tools } from "../../../src/histories/tools/all.ts";
import { readTree } from "../../../src/histories/tools/files/file-tree.ts";
import { toolHistory } from "../../../src/histories/tools/table/tool-history.ts";
import { openSqlite } from "../../../src/platform/drivers/sqlite/reader.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { look, missing, toolOf, wantedOf, write } from "./look-at-tool.ts";

suite("Atlas", () => {
  const table = (...rows: readonly string[]) =>
    `CREATE TABLE atlas_schema_revisions (version text, type integer, applied integer, total integer, error text);` +
    rows.map((row) => `INSERT INTO atlas_schema_revisions VALUES (${row});`).join("");

  test("a checkpoint replaces the files before it, and they replace it", async () => {
    const image = write({ "1_a.sql": "", "2_b.sql": "", "3_sum.sql": "-- atlas:checkpoint\n", "4_c.sql": "" });
    assert.deepEqual(await missing("atlas", image, table("'3', 2, 1, 1, ''", "'4', 2, 1, 1, ''")), []);
    assert.deepEqual(
      await missing("atlas", image, table("'1', 2, 1, 1, ''", "'2', 2, 1, 1, ''", "'4', 2, 1, 1, ''")),
      [],
    );
    assert.deepEqual(await missing("atlas", image, table()), ["3_sum", "4_c"]);
  });

  test("a baseline covers all versions up to its own, and a version resolved by hand is applied", async () => {
    const image = write({ "1_a.sql": "", "2_b.sql": "", "3_c.sql": "" });
    assert.deepEqual(await missing("atlas", image, table("'2', 1, 0, 0, ''", "'3', 4, 0, 0, ''")), []);
    assert.deepEqual(await missing("atlas", image, table("'2', 1, 0, 0, ''")), ["3_c"]);
  });
});

test("Sqitch: a reworked change is applied when the registry lists it twice", async () => {
  const image = write({
    "sqitch.plan":
      "%syntax-version=1.0.0\n%project=shop\n\nusers 2024-01-01T00:00:00Z Ann <a@b.c> # one\n@v1 2024-01-02T00:00:00Z Ann <a@b.c>\nusers [users@v1] 2024-02-01T00:00:00Z Ann <a@b.c>\n",
  });
  const table = (...rows: readonly string[]) =>
    `CREATE TABLE changes (change text, project text, committed_at text); CREATE TABLE events (event text, change_id text, change text, project text, committed_at text);` +
    rows.map((row) => `INSERT INTO changes VALUES (${row});`).join("");
  assert.deepEqual(await missing("sqitch", image, table("'users', 'shop', '1'")), ["users@2"]);
  assert.deepEqual(await missing("sqitch", image, table("'users', 'shop', '1'", "'users', 'shop', '2'")), []);
  assert.equal((await missing("sqitch", image, table("'users', 'blog', '1'"))).length, 2);
});

test("Drizzle: the time or the hash is enough, also at the second look and after a restored backup", async () => {
  const image = write({
    "meta/_journal.json": '{"entries": [{"when": 1, "tag": "0000_a"}, {"when": 2, "tag": "0001_b"}]}',
    "0000_a.sql": "SELECT 1;",
    "0001_b.sql": "SELECT 2;",
  });
  const table = "CREATE TABLE __drizzle_migrations (hash text, created_at numeric);";
  const hash = "17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a";
  assert.deepEqual(
    (await look("drizzle", image, `${table} INSERT INTO __drizzle_migrations VALUES ('${hash}', 5), ('?', 2);`, 2))
      .missing,
    [],
  );

  const path = scratchPath("moving.db");
  const database = new DatabaseSync(path);
  const session = await openSqlite(`sqlite:${path}`);
  const tool = toolOf("drizzle");
  const history = toolHistory({ tool, database: "sqlite", wanted: tool.files(readTree(image), "sqlite") });
  database.exec(`${table} INSERT INTO __drizzle_migrations VALUES ('${hash}', 5), ('?', 2)`);
  assert.deepEqual((await history.read(session)).missing, []);
  database.exec("UPDATE __drizzle_migrations SET hash = '?', created_at = 1 WHERE created_at = 5");
  assert.deepEqual((await history.read(session)).missing, []);
  database.exec("DELETE FROM __drizzle_migrations WHERE created_at = 1");
  assert.deepEqual((await history.read(session)).missing, ["0000_a"]);
  await session.close();
  database.close();
});

test("golang-migrate: an unknown version counts as newer, and leading zeros do not count", async () => {
  const image = write({ "0001_a.up.sql": "", "0001_a.down.sql": "", "2_b.up.sql": "", "10_c.up.sql": "" });
  const table = (row: string) =>
    `CREATE TABLE schema_migrations (version uint64, dirty bool); INSERT INTO schema_migrations VALUES (${row});`;
  assert.deepEqual(wantedOf("golang-migrate", image), ["0001_a", "2_b", "10_c"]);
  assert.deepEqual(await missing("golang-migrate", image, table("2, 0")), ["10_c"]);
  assert.deepEqual(await missing("golang-migrate", image, table("11, 0")), []);
  const ahead = await look("golang-migrate", image, table("11, 1"));
  assert.deepEqual([ahead.missing, ahead.dirty], [[], undefined]);
  const dirty = await look("golang-migrate", image, table("2, 1"));
  assert.deepEqual(dirty.missing, ["2_b", "10_c"]);
  assert.match(dirty.dirty ?? "", /golang-migrate recorded 2_b as failed.*`migrate force VERSION`/);
});

test("EF Core: without sources, the script gives the recorded names", () => {
  const insert = (id: string) =>
    `INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")\nVALUES ('${id}', '8.0.0');\n`;
  const image = write({
    "upgrade.sql": insert("20240101000000_Users") + insert("20240201000000_Orders") + insert("20240101000000_Users"),
  });
  assert.deepEqual(wantedOf("ef-core", image), ["20240101000000_Users", "20240201000000_Orders"]);
});

test("a file that only looks like a migration is ignored", () => {
  const image = write({
    "1_a.js": "",
    "1_a.d.ts": "",
    "1_a.js.map": "",
    "README.md": "",
    ".hidden.js": "",
    "node_modules/x/2_b.js": "",
    "3_c.down.sql": "",
    "4_d_test.go": "",
    "__init__.py": "",
    "ModelSnapshot.cs": "",
    "20240101000000_A.Designer.cs": "",
  });
  for (const tool of tools) {
    const names = wantedOf(tool.name, image, tool.tables.sqlite === undefined ? "postgres" : "sqlite");
    assert.ok(
      names.every((name) => name.startsWith("1_a")),
      `${tool.name}: ${names.join(", ")}`,
    );
  }
});

suite("The order in which the tool applies them", () => {
  const numbers = ["20240101000000_a", "20250625101010_b", "20250625_c", "9_d"];
  const files = (ending: string, text = "") =>
    write(Object.fromEntries(numbers.map((name) => [`${name}${ending}`, text])));

  for (const [tool, ending, text] of [
    ["prisma", "/migration.sql", ""],
    ["knex", ".js", "knex"],
    ["umzug", ".js", "queryInterface"],
    ["mikro-orm", ".js", ""],
    ["dbmate", ".sql", "-- migrate:up"],
    ["atlas", ".sql", ""],
    ["laravel", ".php", ""],
  ] as const) {
    test(`${tool}: by letters`, () => {
      const wanted = wantedOf(tool, files(ending, text)).map((name) => name.replace(/\.\w+$/, ""));
      assert.deepEqual(wanted, numbers);
    });
  }

  for (const [tool, ending] of [
    ["goose", ".sql"],
    ["sqlx", ".sql"],
    ["golang-migrate", ".up.sql"],
    ["rails", ".rb"],
  ] as const) {
    test(`control: ${tool}: by number`, () => {
      const wanted = wantedOf(tool, files(ending)).map((name) => name.replace(/\..*$/, ""));
      assert.deepEqual(wanted, ["9_d", "20250625_c", "20240101000000_a", "20250625101010_b"]);
    });
  }
});
