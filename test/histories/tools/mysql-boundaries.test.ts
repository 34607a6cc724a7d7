import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { lookAtToolSchema } from "../../../src/dependencies/looks/look-at-tool-schema.ts";
import { parseTable } from "../../../src/histories/tools/table/dialects.ts";
import { toolHistory } from "../../../src/histories/tools/table/tool-history.ts";
import { readTree } from "../../../src/histories/tools/files/file-tree.ts";
import { connectMysql } from "../../../src/platform/drivers/mysql.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { fixtureOf, fixtures, historyOf, type Fixture } from "./fixtures.ts";
import { toolOf, write } from "./look-at-tool.ts";

suite("MariaDB, at the boundaries", { skip: lacksMariadb() ?? false }, () => {
  const server = useMariadb();
  before(() => server().run("CREATE DATABASE IF NOT EXISTS shop"));

  async function load(fixture: Fixture, change: (sql: string) => string = (sql) => sql, database = "shop") {
    await server().run(`DROP DATABASE IF EXISTS ${database}; CREATE DATABASE ${database}`);
    await server().run(`USE ${database}; ${change(fixture.sql("mysql", "now") ?? "")}`);
  }

  function look(tool: string, image: string, table?: string, url = server().url) {
    const wanted = toolOf(tool).files(readTree(image), "mysql");
    const home = table === undefined ? undefined : parseTable(table);
    const history = toolHistory({ tool: toolOf(tool), database: "mysql", wanted, table: home });
    const open = () => connectMysql({ url, applicationName: "test", connectTimeoutMs: 5000, queryTimeoutMs: 5000 });
    return lookAtToolSchema(open, { url, history, fix: "" });
  }

  for (const mode of [
    "ANSI",
    "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,ONLY_FULL_GROUP_BY",
    "TRADITIONAL,PAD_CHAR_TO_FULL_LENGTH",
    "ORACLE",
  ]) {
    test(`every tool with sql_mode ${mode}`, async () => {
      for (const fixture of fixtures.filter(({ tool }) => tool.tables.mysql !== undefined)) {
        await load(fixture, undefined, fixture.name === "sqitch" ? "sqitch" : "shop");
        const session = await connectMysql({ url: server().url, applicationName: "test", connectTimeoutMs: 5000 });
        try {
          await session.query(`SET SESSION sql_mode = '${mode}'`);
          const { missing } = await historyOf(fixture.tool, fixture.image, "mysql").read(session);
          assert.deepEqual(missing, [], fixture.name);
        } finally {
          await session.close();
        }
      }
      await server().run("DROP DATABASE sqitch");
    });
  }

  test("names that are not ASCII, in tables of any character set", async () => {
    const image = write({ "20240101_caf\u00e9.js": "knex" });
    for (const set of ["latin1", "utf8mb3", "utf8mb4 COLLATE utf8mb4_unicode_ci", "utf16", "binary"]) {
      await server().run(`DROP DATABASE shop; CREATE DATABASE shop; USE shop; SET NAMES utf8mb4;
        CREATE TABLE knex_migrations (id int primary key, name varchar(255), batch int, migration_time timestamp) CHARACTER SET ${set};
        INSERT INTO knex_migrations VALUES (1, '20240101_caf\u00e9.js', 1, NULL)`);
      assert.equal((await look("knex", image)).verdict, "compatible", set);
      await server().run("USE shop; UPDATE knex_migrations SET name = '20240101_CAFE.js'");
      assert.equal(
        (await look("knex", image)).verdict,
        "behind",
        `${set}: another name, though the collation may take it for the same`,
      );
    }
  });

  test("a table in another database is read only if `table:` names it", async () => {
    const { image, ...dbmate } = fixtureOf("dbmate");
    await load({ image, ...dbmate }, undefined, "audit");
    await server().run("DROP DATABASE shop; CREATE DATABASE shop");
    assert.equal((await look("dbmate", image)).verdict, "behind");
    assert.equal((await look("dbmate", image, "audit.schema_migrations")).verdict, "compatible");
    await server().run("DROP DATABASE audit");
  });

  test("Atlas's own database is named", async () => {
    const atlas = fixtureOf("atlas");
    await load(atlas, undefined, "atlas_schema_revisions");
    await server().run("DROP DATABASE IF EXISTS shop; CREATE DATABASE shop");
    const found = await look("atlas", atlas.image);
    assert.equal(found.verdict, "behind");
    assert.match(found.reason ?? "", /set `table:` to it|`table: atlas_schema_revisions\.atlas_schema_revisions`/);
    assert.equal(
      (await look("atlas", atlas.image, "atlas_schema_revisions.atlas_schema_revisions")).verdict,
      "compatible",
    );
    await server().run("DROP DATABASE atlas_schema_revisions");
  });

  test("a table whose name has another case, as servers on other systems write it", async () => {
    const umzug = fixtureOf("umzug");
    await load(umzug, (sql) => sql.replaceAll("SequelizeMeta", "sequelizemeta"));
    assert.equal((await look("umzug", umzug.image)).verdict, "compatible");
  });

  test("a URL without a database is unreadable, and says why", async () => {
    const knex = fixtureOf("knex");
    await load(knex);
    const found = await look("knex", knex.image, undefined, server().url.replace(/\/shop$/, ""));
    assert.equal(found.verdict, "unreadable");
    assert.match(found.reason ?? "", /the URL names no database/);
  });

  test("Liquibase's lock, which is a bit", async () => {
    const liquibase = fixtureOf("liquibase");
    await load({ ...liquibase, sql: (database) => liquibase.sql(database, "older") });
    assert.equal((await look("liquibase", liquibase.image)).verdict, "behind");
    await server().run("USE shop; UPDATE DATABASECHANGELOGLOCK SET LOCKED = 1");
    assert.equal((await look("liquibase", liquibase.image)).verdict, "upgrading");
  });

  test("two thousand migrations", async () => {
    const names = Array.from({ length: 2000 }, (_, i) => `${20240000000000 + i}_a_migration_with_a_usual_name.js`);
    const image = write({ "1_first.js": "knex", ...Object.fromEntries(names.map((name) => [name, ""])) });
    const rows = ["1_first.js", ...names].map((name, i) => `(${i + 1}, '${name}', 1, NULL)`);
    await load(
      fixtureOf("knex"),
      () => `CREATE TABLE knex_migrations (id int primary key, name varchar(255), batch int, migration_time timestamp NULL);
      INSERT INTO knex_migrations VALUES ${rows.join(",")}`,
    );
    assert.equal((await look("knex", image)).verdict, "compatible");
    await server().run("USE shop; DELETE FROM knex_migrations WHERE id IN (1, 1999)");
    assert.deepEqual((await look("knex", image)).pending?.length, 2);
  });

  test("a value of no version", async () => {
    const migrate = fixtureOf("golang-migrate");
    await load(
      migrate,
      () =>
        "CREATE TABLE schema_migrations (version varchar(20), dirty boolean); INSERT INTO schema_migrations VALUES (NULL, 0)",
    );
    const found = await look("golang-migrate", migrate.image);
    assert.equal(found.verdict, "unreadable");
    assert.match(found.reason ?? "", /which is not a number/);
  });
});
