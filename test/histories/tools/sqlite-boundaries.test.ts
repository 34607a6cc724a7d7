import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { lookAtToolSchema } from "../../../src/dependencies/looks/look-at-tool-schema.ts";
import { openSqlite } from "../../../src/platform/drivers/sqlite/reader.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { fixtureOf, historyOf } from "./fixtures.ts";
import { look, missing, write } from "./look-at-tool.ts";

const dbmate = fixtureOf("dbmate");
const now = dbmate.sql("sqlite", "now") ?? "";
const older = dbmate.sql("sqlite", "older") ?? "";

function verdictOf(path: string) {
  const history = historyOf(dbmate.tool, dbmate.image, "sqlite");
  return lookAtToolSchema(openSqlite, { url: `sqlite:${path}`, history, fix: "" });
}

test("a missing file is unreachable, and not behind; an empty one is behind", async () => {
  const path = scratchPath("app.db");
  const absent = await verdictOf(path);
  assert.equal(absent.verdict, "unreachable");
  assert.match(absent.reason ?? "", /it does not exist/);
  writeFileSync(path, "");
  assert.equal((await verdictOf(path)).verdict, "behind");
});

test("a file that is not a database is unreadable", async () => {
  const path = scratchPath("app.db");
  writeFileSync(path, "PRAGMA".repeat(1000));
  const found = await verdictOf(path);
  assert.match(found.verdict, /unreadable|unreachable/);
  assert.match(found.reason ?? "", /not a database/);
});

test("what is only in the log (WAL) counts, while the app has the file open and after it", async () => {
  const path = scratchPath("app.db");
  const app = new DatabaseSync(path);
  app.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${older}`);
  assert.equal((await verdictOf(path)).verdict, "behind");
  app.exec("INSERT INTO schema_migrations VALUES ('20240301000000')");
  assert.equal((await verdictOf(path)).verdict, "compatible");
  app.exec("BEGIN IMMEDIATE; DELETE FROM schema_migrations");
  assert.equal((await verdictOf(path)).verdict, "compatible", "a writer does not disturb a look, which sees no half");
  app.exec("ROLLBACK");
  app.close();
  assert.equal((await verdictOf(path)).verdict, "compatible");
});

test("a database that a writer keeps locked is unreachable", async () => {
  const path = scratchPath("app.db");
  const writer = new DatabaseSync(path);
  writer.exec(`${now}; BEGIN EXCLUSIVE`);
  assert.equal((await verdictOf(path)).verdict, "unreachable");
  writer.exec("ROLLBACK");
  assert.equal((await verdictOf(path)).verdict, "compatible");
  writer.close();
});

test("names of tables compare without case, names of migrations with it", async () => {
  assert.deepEqual(await missing("dbmate", dbmate.image, now.replaceAll("schema_migrations", "Schema_Migrations")), []);
  const image = write({ "20240101000000-Users.js": "" });
  const table = "CREATE TABLE SequelizeMeta (name varchar); INSERT INTO SequelizeMeta VALUES";
  assert.equal((await missing("umzug", image, `${table} ('20240101000000-users.js')`)).length, 1);
  assert.equal((await missing("umzug", image, `${table} ('20240101000000-Users.js'), (NULL)`)).length, 0);
});

test("numbers as text, and text as numbers", async () => {
  const image = write({ "0001_a.sql": "", "0002_b.sql": "" });
  const table = (type: string) =>
    `CREATE TABLE _sqlx_migrations (version ${type}, description text, success boolean, checksum blob)`;
  assert.deepEqual(
    await missing("sqlx", image, `${table("text")}; INSERT INTO _sqlx_migrations VALUES ('1', '', 1, x'')`),
    ["0002_b"],
  );
  assert.deepEqual(
    await missing(
      "sqlx",
      image,
      `${table("blob")}; INSERT INTO _sqlx_migrations VALUES (x'31', '', 1, x''), (2, '', NULL, x'')`,
    ),
    ["0002_b"],
    "success without a value is no success",
  );
});

test("a version that is no version is not taken for a newer one", async () => {
  const image = write({ "000001_a.up.sql": "", "000002_b.up.sql": "" });
  const table = "CREATE TABLE schema_migrations (version uint64, dirty bool)";
  for (const value of ["NULL", "'latest'", "1.5"])
    await assert.rejects(
      look("golang-migrate", image, `${table}; INSERT INTO schema_migrations VALUES (${value}, 0)`),
      /golang-migrate's table has the version .*, which is not a number\. Check `history:` and `table:`/,
    );
  assert.equal(
    (await missing("golang-migrate", image, `${table}; INSERT INTO schema_migrations VALUES (-1, 0)`)).length,
    2,
  );
  const alembic = fixtureOf("alembic");
  const versions = "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES";
  for (const value of ["NULL", "''"])
    assert.equal((await missing("alembic", alembic.image, `${versions} (${value})`)).length, 3, value);
});

test("Sqitch's registry is another file, and a look at the database says so", async () => {
  const sqitch = fixtureOf("sqitch");
  const state = await look("sqitch", sqitch.image, "CREATE TABLE users (id)");
  assert.match(state.hint ?? "", /Sqitch keeps its registry in a file of its own, sqitch\.db.*set `url:` to that file/);
});
