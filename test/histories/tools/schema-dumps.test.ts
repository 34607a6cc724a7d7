import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { insertedValues } from "../../../src/histories/tools/files/inserted-values.ts";
import { foreignHistory } from "../../../src/histories/choose-tool.ts";
import { look, missing, wantedOf, write } from "./look-at-tool.ts";
import { openSqlite } from "../../../src/platform/drivers/sqlite/reader.ts";
import { scratchPath } from "../../harness/scratch.ts";

/** A project in which the tool's folder may be missing. */
function project(files: Readonly<Record<string, string>>): string {
  const root = scratchPath("project");
  mkdirSync(root, { recursive: true });
  return write(files, root);
}

test("dumps of mysqldump, pg_dump and sqlite3", () => {
  const names = (dump: string, column = "migration") => insertedValues(dump, { table: /(?:^|_)migrations$/i, column });
  const both = ["a_b", "c_d"];
  assert.deepEqual(
    names(
      "INSERT INTO `migrations` (`id`, `migration`, `batch`) VALUES (1,'a_b',1);\nINSERT INTO `migrations` VALUES (2,'c_d',1);",
    ),
    both,
  );
  assert.deepEqual(names("INSERT INTO migrations VALUES(1,'a_b',1),(2,'c_d',1);"), both);
  assert.deepEqual(
    names("COPY public.migrations (id, migration, batch) FROM stdin;\n1\ta_b\t1\n2\tc_d\t1\n\\.\n"),
    both,
  );
  assert.deepEqual(names("INSERT INTO users VALUES (1,'a_b',1); INSERT INTO logs VALUES ('INSERT INTO x');"), []);
  const versions = `SET search_path TO "$user", public;
INSERT INTO "schema_migrations" (version) VALUES
('20240201000000'),
('20240101000000');
INSERT INTO public."schema_migrations" (version) VALUES (3);`;
  assert.deepEqual(names(versions, "version"), ["20240201000000", "20240101000000", "3"]);
  assert.deepEqual(names("INSERT INTO t_migrations VALUES (1,'it''s; \\'(x)\\'',2);"), ["it's; '(x)'"]);
});

const laravelTable = "CREATE TABLE migrations (id integer primary key, migration varchar, batch integer)";
const laravelDump =
  "INSERT INTO migrations VALUES(1,'2024_01_01_000000_users',1);\nINSERT INTO migrations VALUES(2,'2024_02_01_000000_orders',1);";
const rows = (...names: readonly string[]) =>
  [laravelTable, ...names.map((name, i) => `INSERT INTO migrations VALUES (${i + 1}, '${name}', 1)`)].join(";");

test("Laravel after schema:dump --prune, which deletes the folder", async () => {
  const root = project({ "database/schema/sqlite-schema.sql": laravelDump });
  const image = join(root, "database/migrations");
  assert.deepEqual(wantedOf("laravel", image), ["2024_01_01_000000_users", "2024_02_01_000000_orders"]);
  assert.deepEqual(wantedOf("laravel", image, "mysql"), [], "the dump of another connection");
  const old = rows("2024_01_01_000000_users", "2024_02_01_000000_orders");
  assert.deepEqual(await missing("laravel", image, old), []);
  const tooOld = await look("laravel", image, rows("2024_01_01_000000_users"));
  assert.deepEqual(tooOld.missing, ["2024_02_01_000000_orders"]);
  assert.match(tooOld.hint ?? "", /sqlite-schema\.sql is for empty databases: upgrade this one first with a version/);
  const fresh = await look("laravel", image, "CREATE TABLE other (id)");
  assert.match(fresh.hint ?? "", /`php artisan migrate` loads it into an empty database/);

  write({ "database/migrations/2024_03_01_000000_notes.php": "<?php use Illuminate\\X;" }, root);
  assert.deepEqual(await missing("laravel", image, old), ["2024_03_01_000000_notes"]);
});

test("a dump counts only for what was before the first file", () => {
  const root = project({
    "database/schema/mysql-schema.sql": `${laravelDump} INSERT INTO migrations VALUES (3,'2024_05_01_000000_other_branch',1);`,
    "database/migrations/2024_02_01_000000_orders.php": "",
    "database/migrations/2024_06_01_000000_notes.php": "",
  });
  assert.deepEqual(wantedOf("laravel", join(root, "database/migrations"), "mysql"), [
    "2024_01_01_000000_users",
    "2024_02_01_000000_orders",
    "2024_06_01_000000_notes",
  ]);
});

test("dumps of several connections", () => {
  const root = project({
    "database/schema/mysql-schema.sql": laravelDump,
    "database/schema/tenant-schema.sql": "INSERT INTO migrations VALUES(1,'2024_01_01_000000_tenants',1);",
  });
  const image = join(root, "database/migrations");
  assert.deepEqual(wantedOf("laravel", image, "mysql").length, 2);
  assert.deepEqual(wantedOf("laravel", image, "postgres"), ["2024_01_01_000000_tenants"]);
  write({ "database/schema/reports-schema.dump": laravelDump }, root);
  assert.throws(() => wantedOf("laravel", image, "postgres"), /cannot tell which schema dump.*Leave only one/);
});

test("Rails with schema.rb or structure.sql, and no old files", async () => {
  const schema = "ActiveRecord::Schema[7.1].define(version: 2024_02_01_000000) do\nend\n";
  const structure = "INSERT INTO \"schema_migrations\" (version) VALUES\n('20240201000000'),\n('20240101000000');\n";
  const table = (...versions: readonly string[]) =>
    [
      "CREATE TABLE schema_migrations (version varchar primary key)",
      ...versions.map((v) => `INSERT INTO schema_migrations VALUES ('${v}')`),
    ].join(";");
  for (const [file, text, wanted] of [
    ["db/schema.rb", schema, ["20240201000000"]],
    ["db/schema.rb", schema.replace("[7.1].define", ".define").replaceAll("_", ""), ["20240201000000"]],
    ["db/structure.sql", structure, ["20240101000000", "20240201000000"]],
  ] as const) {
    const image = join(project({ [file]: text }), "db/migrate");
    assert.deepEqual(wantedOf("rails", image), wanted);
    assert.deepEqual(await missing("rails", image, table("20240101000000", "20240201000000")), []);
    const old = await look("rails", image, table("20240101000000"));
    assert.deepEqual(old.missing, ["20240201000000"]);
    assert.match(old.hint ?? "", /is for empty databases/);
    assert.match((await look("rails", image, table())).hint ?? "", /`bin\/rails db:prepare` .* loads it/);
    write({ "20240301000000_notes.rb": "" }, image);
    assert.deepEqual(wantedOf("rails", image), [...wanted, "20240301000000_notes"]);
  }
  const animals = project({ "db/animals_schema.rb": schema, "db/structure.sql": structure });
  assert.deepEqual(wantedOf("rails", join(animals, "db/animals_migrate")), ["20240201000000"]);
  const both = project({ "db/schema.rb": schema.replace("02_01", "03_01"), "db/structure.sql": structure });
  assert.deepEqual(wantedOf("rails", join(both, "db/migrate")), ["20240301000000"], "the one that is kept up to date");
});

test("Ecto and dbmate", () => {
  const dump = 'INSERT INTO public."schema_migrations" (version) VALUES (20240101000000);';
  assert.deepEqual(wantedOf("ecto", join(project({ "priv/repo/structure.sql": dump }), "priv/repo/migrations")), [
    "20240101000000",
  ]);
  assert.deepEqual(wantedOf("dbmate", join(project({ "db/schema.sql": dump }), "db/migrations")), ["20240101000000"]);
});

test("auto finds the tool by the dump and the table", async () => {
  const image = join(project({ "database/schema/sqlite-schema.sql": laravelDump }), "database/migrations");
  const path = scratchPath("app.db");
  const database = new DatabaseSync(path);
  database.exec(rows("2024_01_01_000000_users", "2024_02_01_000000_orders"));
  database.close();
  const found: string[] = [];
  const history = foreignHistory({
    history: "auto",
    migrations: image,
    database: "sqlite",
    onFound: (sentence) => found.push(sentence),
    own: undefined,
  });
  const session = await openSqlite(`sqlite:${path}`);
  assert.deepEqual((await history.read(session)).missing, []);
  await session.close();
  assert.match(found.join(), /found Laravel: 2 migrations/);
});

test("a missing folder without a dump is refused", () => {
  for (const history of ["laravel", "rails", "knex", "auto"]) {
    const image = join(project({ "README.md": "" }), "migrations");
    rmSync(image, { recursive: true, force: true });
    assert.throws(
      () => foreignHistory({ history, migrations: image, database: "sqlite", onFound: () => {}, own: undefined }),
      (error: Error) => error.message.includes(`cannot read the migrations folder ${image}: it does not exist`),
      `${history} in ${dirname(image)}`,
    );
  }
});

test("Flyway's baseline migrations stand for deleted files", async () => {
  const table = (...values: readonly string[]) =>
    [
      "CREATE TABLE flyway_schema_history (installed_rank int, version varchar, description varchar, type varchar, script varchar, success boolean)",
      ...values.map((value, i) => `INSERT INTO flyway_schema_history VALUES (${i + 1}, ${value}, 's', 1)`),
    ].join(";");
  const image = write({ "B2__old.sql": "", "B5__schema.sql": "", "V6__notes.sql": "", "R__views.sql": "" });
  assert.deepEqual(wantedOf("flyway", image), ["B5__schema", "V6__notes", "R__views"]);
  const views = "NULL, 'views', 'SQL'";
  const fresh = table("'5', 'schema', 'SQL_BASELINE'", "'6', 'notes', 'SQL'", views);
  const old = table("'1', 'a', 'SQL'", "'5', 'b', 'SQL'", "'6', 'notes', 'SQL'", views);
  assert.deepEqual(await missing("flyway", image, fresh), []);
  assert.deepEqual(await missing("flyway", image, old), []);
  assert.deepEqual(await missing("flyway", image, table("'1', 'a', 'SQL'", views)), ["B5__schema", "V6__notes"]);
  write({ "V1__a.sql": "", "V5__b.sql": "" }, image);
  assert.deepEqual(wantedOf("flyway", image), ["V1__a", "V5__b", "V6__notes", "R__views"]);
  for (const sql of [fresh, old]) assert.deepEqual(await missing("flyway", image, sql), []);
});

test("a squash that the tool does not know is named, with what to run", async () => {
  const image = write({ "migration_lock.toml": "", "0_squashed/migration.sql": "" });
  const table =
    "CREATE TABLE _prisma_migrations (migration_name varchar, finished_at datetime, rolled_back_at datetime, applied_steps_count int)";
  const state = await look(
    "prisma",
    image,
    `${table}; INSERT INTO _prisma_migrations VALUES ('20240101_users', 1, NULL, 1)`,
  );
  assert.deepEqual(state.missing, ["0_squashed"]);
  assert.match(
    state.hint ?? "",
    /If 0_squashed stands for older .* run `prisma migrate resolve --applied 0_squashed`\./,
  );
  const resolved = `${table}; INSERT INTO _prisma_migrations VALUES ('20240101_users', 1, NULL, 1), ('0_squashed', 2, NULL, 0)`;
  assert.deepEqual(await missing("prisma", image, resolved), []);
  assert.equal((await look("prisma", image, table)).hint, undefined, "a fresh database runs it");
});
