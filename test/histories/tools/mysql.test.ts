import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { createConnection } from "mysql2/promise";
import { StatementError, UnreachableError } from "../../../src/kernel/database.ts";
import { connectMysql } from "../../../src/platform/drivers/mysql.ts";
import { fixtureOf, fixtures, historyOf, originOf } from "./fixtures.ts";
import { lacksMariadb, startMariadb, type MariadbServer } from "../../harness/mariadb.ts";
import { checkHistory, type Place } from "./scenarios.ts";

suite("MariaDB", { skip: lacksMariadb() ?? false }, () => {
  const opened = new AsyncDisposableStack();
  let server: MariadbServer;

  before(async () => {
    server = opened.adopt(await startMariadb(), ({ stop }) => stop());
  });

  after(() => opened.disposeAsync());

  const connect = (url: string) =>
    connectMysql({ url, applicationName: "test", connectTimeoutMs: 5000, queryTimeoutMs: 5000 });

  const clear = () => server.run("DROP DATABASE IF EXISTS shop; DROP DATABASE IF EXISTS sqitch; CREATE DATABASE shop");

  async function withPlace(check: (place: Place) => Promise<void>, url = server.url): Promise<void> {
    await clear();
    const session = await connect(url);
    try {
      await check({
        kind: "mysql",
        session: {
          ...session,
          // After the database was dropped and created, the session must select it again.
          query: async (sql) => session.query(`USE shop; ${sql}`),
        },
        clear,
        load: async (fixture, when) => {
          const sql = fixture.sql("mysql", when);
          const schema = fixture.tool.tables.mysql?.startsWith("sqitch.") ? "sqitch" : "shop";
          if (sql !== undefined) await server.run(`CREATE DATABASE IF NOT EXISTS ${schema}; USE ${schema}; ${sql}`);
          return sql !== undefined;
        },
      });
    } finally {
      await session.close();
    }
  }

  for (const fixture of fixtures.filter(({ tool }) => tool.tables.mysql !== undefined)) {
    test(`${fixture.name} on MariaDB, ${originOf(fixture, "mysql")}`, () =>
      withPlace((place) => checkHistory(fixture, place)));
  }

  test("without the right to read", async () => {
    const knex = fixtureOf("knex");
    await server.run(
      "CREATE OR REPLACE USER reader@'127.0.0.1' IDENTIFIED BY 'reader'; GRANT CREATE TEMPORARY TABLES ON shop.* TO reader@'127.0.0.1'",
    );
    await withPlace(
      async (place) => {
        await place.load(knex, "now");
        await assert.rejects(
          historyOf(knex.tool, knex.image, "mysql").read(place.session),
          (error) => error instanceof StatementError && error.sqlState === "42501",
        );
      },
      server.urlWith("reader", "reader"),
    );
  });

  test("a look at a table that a migration locks fails soon", { timeout: 20_000 }, async () => {
    const knex = fixtureOf("knex");
    await withPlace(async (place) => {
      await place.load(knex, "now");
      const holder = await createConnection(server.url);
      try {
        await holder.query("LOCK TABLES knex_migrations WRITE");
        await assert.rejects(
          historyOf(knex.tool, knex.image, "mysql").read(place.session),
          (error) => error instanceof StatementError && error.sqlState === "55P03",
        );
      } finally {
        holder.destroy();
      }
    });
  });

  test("values mean the same in every sql_mode", async () => {
    const session = await connect(server.url);
    try {
      for (const mode of ["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES"]) {
        const value = `App\\It's "ü" 🙂`;
        const rows = await session.query(`SET SESSION sql_mode = '${mode}'; SELECT ${session.literal(value)} AS value`);
        assert.deepEqual(
          rows.map((row) => row["value"]),
          [value],
        );
      }
    } finally {
      await session.close();
    }
  });

  test("a wrong password and a missing database are reported without the password", async () => {
    for (const [url, cause, isTransient] of [
      [server.urlWith("root", "hush-hush"), /Access denied/, false],
      [server.url.replace(/shop$/, "nowhere"), /Unknown database/, false],
      ["mysql://root@127.0.0.1:1/shop", /connection refused/, true],
    ] as const) {
      await assert.rejects(connect(url), (error) => {
        assert.ok(error instanceof UnreachableError);
        assert.match(error.message, cause);
        assert.doesNotMatch(error.message, /hush-hush/);
        return error.transient === isTransient;
      });
    }
  });
});
