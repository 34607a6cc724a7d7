import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, suite, test } from "node:test";
import { openSqlite } from "../../../src/platform/drivers/sqlite.ts";
import { tools } from "../../../src/histories/tools/all.ts";
import { toolHistory, type ToolState } from "../../../src/histories/tools/table/tool-history.ts";
import type { DatabaseKind, Tool } from "../../../src/histories/tools/tool.ts";
import { readTree } from "../../../src/histories/tools/files/file-tree.ts";

/** Rules of single tools, on SQLite. The other files test the differences between databases. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "seaworthy-rules-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function toolOf(name: string): Tool {
  const tool = tools.find((one) => one.name === name);
  assert.ok(tool);
  return tool;
}

function write(files: Readonly<Record<string, string>>, inside = "image"): string {
  const image = join(folder, inside);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(image, name)), { recursive: true });
    writeFileSync(join(image, name), text);
  }
  return image;
}

function wantedOf(tool: string, image: string, database: DatabaseKind = "sqlite"): readonly string[] {
  return toolOf(tool)
    .files(readTree(image), database)
    .map(({ name }) => name);
}

async function look(name: string, image: string, sql: string, times = 1): Promise<ToolState> {
  const path = join(folder, "app.db");
  rmSync(path, { force: true });
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
  const tool = toolOf(name);
  const session = await openSqlite(`sqlite:${path}`);
  try {
    const history = toolHistory({ tool, database: "sqlite", wanted: tool.files(readTree(image), "sqlite") });
    for (let look = 1; look < times; look++) await history.read(session);
    return await history.read(session);
  } finally {
    await session.close();
  }
}

async function missing(name: string, image: string, sql: string): Promise<readonly string[]> {
  return (await look(name, image, sql)).missing;
}

suite("Django", () => {
  const migration = (text = "") =>
    `from django.db import migrations\nclass Migration(migrations.Migration):\n    dependencies = []\n${text}`;
  const table = (...rows: readonly string[]) =>
    `CREATE TABLE django_migrations (id integer primary key, app text, name text, applied text);` +
    rows.map((row) => `INSERT INTO django_migrations (app, name) VALUES ('${row.replace(".", "', '")}');`).join("");
  const squashed = {
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": migration(),
    "shop/migrations/0002_orders.py": migration(),
    "shop/migrations/0001_squashed_0002_orders.py": migration(
      '    replaces = [("shop", "0001_initial"), ("shop", "0002_orders")]\n',
    ),
    "shop/migrations/0003_notes.py": migration(),
  };

  test("a squashed migration or all of its replaced migrations are enough", async () => {
    const image = write(squashed);
    const all = ["shop.0001_initial", "shop.0002_orders"];
    assert.deepEqual(wantedOf("django", image), ["shop.0001_squashed_0002_orders", "shop.0003_notes"]);
    assert.deepEqual(await missing("django", image, table(...all, "shop.0003_notes")), []);
    assert.deepEqual(await missing("django", image, table("shop.0001_squashed_0002_orders", "shop.0003_notes")), []);
    assert.deepEqual(await missing("django", image, table()), ["shop.0001_squashed_0002_orders", "shop.0003_notes"]);
    assert.deepEqual(await missing("django", image, table("shop.0001_initial", "shop.0003_notes")), [
      "shop.0002_orders",
    ]);
  });

  test("the key has the app's label, from the project's, the app's or the migrations folder", () => {
    const image = write(
      {
        "apps.py": 'class ShopConfig(AppConfig):\n    name = "web.shop"\n    label = "store"\n',
        "migrations/0001_initial.py": migration(),
      },
      "web/shop",
    );
    write({ "migrations/0001_initial.py": migration() }, "web/blog");
    assert.deepEqual(wantedOf("django", join(folder, "web")), ["blog.0001_initial", "store.0001_initial"]);
    assert.deepEqual(wantedOf("django", image), ["store.0001_initial"]);
    assert.deepEqual(wantedOf("django", join(folder, "web/blog/migrations")), ["blog.0001_initial"]);
  });
});

suite("Alembic", () => {
  const revision = (id: string, down: string, more = "") => `revision = "${id}"\ndown_revision = ${down}\n${more}`;
  const table = (...heads: readonly string[]) =>
    `CREATE TABLE alembic_version (version_num text);` +
    heads.map((head) => `INSERT INTO alembic_version VALUES ('${head}');`).join("");
  //  a ─ b ─ d (merge of b and c) ─ e      x (a branch of its own)
  //  └── c ─┘
  const branches = {
    "versions/1_a.py": revision("a", "None"),
    "versions/2_b.py": `revision: str = 'b'\ndown_revision: Union[str, None] = 'a'\n`,
    "versions/3_c.py": revision("c", '"a"'),
    "versions/0_d.py": revision("d", '("b",\n  "c")'),
    "versions/5_e.py": revision("e", '"d"'),
    "versions/6_x.py": revision("x", "None"),
  };

  test("the ancestors of a head are applied, its descendants are not", async () => {
    const image = write(branches);
    assert.deepEqual(wantedOf("alembic", image), ["1_a", "2_b", "3_c", "0_d", "5_e", "6_x"]);
    assert.deepEqual(await missing("alembic", image, table("e", "x")), []);
    assert.deepEqual(await missing("alembic", image, table("e")), ["6_x"]);
    assert.deepEqual(await missing("alembic", image, table("d", "x")), ["5_e"]);
    assert.deepEqual(await missing("alembic", image, table("b")), ["3_c", "0_d", "5_e", "6_x"]);
    assert.deepEqual(await missing("alembic", image, table("b", "c", "x")), ["0_d", "5_e"]);
    assert.deepEqual((await missing("alembic", image, table())).length, 6);
  });

  test("a head that the image does not know counts as newer", async () => {
    const image = write(branches);
    assert.deepEqual(await missing("alembic", image, table("f", "x")), []);
    assert.deepEqual(await missing("alembic", image, table("f")), []);
    // The descendants of a known head are still not applied.
    assert.deepEqual(await missing("alembic", image, table("f", "d")), ["5_e"]);
  });

  test("the dependencies of an applied revision are applied", async () => {
    const image = write({
      "versions/a.py": revision("a", "None"),
      "versions/b.py": revision("b", "None", 'depends_on = "a"\n'),
    });
    assert.deepEqual(await missing("alembic", image, table("b")), []);
    assert.deepEqual(await missing("alembic", image, table("a")), ["b"]);
  });
});

suite("Flyway", () => {
  const table = (...rows: readonly string[]) =>
    `CREATE TABLE flyway_schema_history (installed_rank integer primary key, version text, description text, type text, script text, success boolean);` +
    rows.map((row, rank) => `INSERT INTO flyway_schema_history VALUES (${rank + 1}, ${row});`).join("");
  const done = (version: string, type = "SQL", success = 1) => `'${version}', 'x', '${type}', 'V', ${success}`;

  test("versions compare as numbers in every spelling", async () => {
    const image = write({
      "V1__a.sql": "",
      "V1_2__b.sql": "",
      "V1.10__c.sql": "",
      "V02.0__d.sql": "",
      "V20240101.0001__e.sql": "",
    });
    assert.deepEqual(wantedOf("flyway", image).slice(0, 3), ["V1__a", "V1_2__b", "V1.10__c"]);
    assert.deepEqual(
      await missing(
        "flyway",
        image,
        table(done("1.0.0"), done("001.02"), done("1.10.0"), done("2"), done("20240101.1")),
      ),
      [],
    );
    assert.deepEqual(
      await missing("flyway", image, table(done("1"), done("1.2"), done("1.1"), done("20"), done("20240101.0001"))),
      ["V1.10__c", "V02.0__d"],
    );
  });

  test("a baseline covers all versions up to its own", async () => {
    const image = write({
      "V1__a.sql": "",
      "V1_9__b.sql": "",
      "V1_10__c.sql": "",
      "B1_9__sum.sql": "",
      "U1_9__b.sql": "",
    });
    assert.deepEqual(await missing("flyway", image, table(done("1.9", "BASELINE"))), ["V1_10__c"]);
    assert.deepEqual(await missing("flyway", image, table(done("1.9", "SQL_BASELINE"))), ["V1_10__c"]);
  });

  test("an undone or deleted migration is not applied until it runs again", async () => {
    const image = write({ "V1__a.sql": "", "V2__b.sql": "" });
    assert.deepEqual(await missing("flyway", image, table(done("1"), done("2"), done("2", "UNDO_SQL"))), ["V2__b"]);
    assert.deepEqual(await missing("flyway", image, table(done("1"), done("2"), done("2", "DELETE"))), ["V2__b"]);
    assert.deepEqual(await missing("flyway", image, table(done("1"), done("2"), done("2", "UNDO_SQL"), done("2"))), []);
  });
});

suite("Liquibase", () => {
  const table = (...rows: readonly string[]) =>
    `CREATE TABLE DATABASECHANGELOG (id text, author text, filename text, exectype text, md5sum text, orderexecuted integer);` +
    rows.map((row, index) => `INSERT INTO DATABASECHANGELOG VALUES (${row}, 'EXECUTED', '8:', ${index});`).join("");
  const sql = (id: string, attributes = "") =>
    `--liquibase formatted sql\n--changeset ann:${id} ${attributes}\nSELECT 1;\n`;

  test("a recorded path may start anywhere, but must match only one file", async () => {
    const image = write({ "db/a/users.sql": sql("1"), "db/b/users.sql": sql("1") });
    const at = (...paths: readonly string[]) => table(...paths.map((path) => `'1', 'ann', '${path}'`));
    assert.deepEqual(await missing("liquibase", image, at("a/users.sql", "b/users.sql")), []);
    assert.deepEqual(
      await missing("liquibase", image, at("classpath:/db/a/users.sql", "classpath:db/b/users.sql")),
      [],
    );
    assert.deepEqual(await missing("liquibase", image, at("db/a/users.sql")), ["db/b/users.sql::1::ann"]);
    // The path matches two files, so it counts for neither.
    assert.equal((await missing("liquibase", image, at("users.sql"))).length, 2);
  });

  test("includes, folders, logical paths, other databases and ignored change sets", () => {
    const image = write({
      "master.yaml":
        "databaseChangeLog:\n- include:\n    file: one.xml\n    relativeToChangelogFile: true\n- includeAll:\n    path: more/\n- changeSet:\n    id: last\n    author: ann\n",
      "one.xml": `<databaseChangeLog logicalFilePath="logical.xml"><!-- <changeSet id="no" author="no"/> --><changeSet author="ann &amp; bob" id="1"><sql><![CDATA[<changeSet id="no" author="no">]]></sql></changeSet><changeSet id="2" author="ann" ignore="true"/></databaseChangeLog>`,
      "more/b.json": '{"databaseChangeLog": [{"changeSet": {"id": 7, "author": "ann", "dbms": "!sqlite"}}]}',
      "more/a.sql": `${sql("1", "dbms:postgresql,mariadb")}--changeset "the author":"the id" runOnChange:true\nSELECT 1;\n`,
      "unused.xml": "<other/>",
    });
    const first = "logical.xml::1::ann & bob";
    const last = "master.yaml::last::ann";
    assert.deepEqual(wantedOf("liquibase", image), [first, "more/a.sql::the id::the author", last]);
    assert.deepEqual(wantedOf("liquibase", image, "mysql"), [
      first,
      "more/a.sql::1::ann",
      "more/a.sql::the id::the author",
      "more/b.json::7::ann",
      last,
    ]);
    assert.deepEqual(wantedOf("liquibase", join(image, "master.yaml")), wantedOf("liquibase", image));
  });
});

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

  const path = join(folder, "moving.db");
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
