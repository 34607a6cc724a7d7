import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { Client } from "pg";
import { StatementError } from "../../../src/kernel/database.ts";
import { parseTable } from "../../../src/histories/tools/table/dialects.ts";
import { connectPostgres } from "../../../src/platform/drivers/postgres.ts";
import { createDatabase, type TestDatabase } from "../../harness/database.ts";
import { fixtureOf, fixtures, historyOf } from "./fixtures.ts";
import { checkHistory, type Place } from "./scenarios.ts";

let database: TestDatabase;
const role = `reader_${randomBytes(6).toString("hex")}`;

before(async () => {
  database = await createDatabase();
  await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'reader'`);
});

after(async () => {
  await database.drop();
  const server = await createDatabase();
  await server.query(`DROP ROLE ${role}`);
  await server.drop();
});

const ownSchemas = ["graphile_migrate", "drizzle", "sqitch", "atlas_schema_revisions", "elsewhere"];

async function clear(): Promise<void> {
  await database.query(
    `${ownSchemas.map((schema) => `DROP SCHEMA IF EXISTS ${schema} CASCADE;`).join(" ")} DROP SCHEMA public CASCADE; CREATE SCHEMA public;
      GRANT USAGE ON SCHEMA public TO PUBLIC`,
  );
}

async function withPlace(check: (place: Place) => Promise<void>, url = database.url): Promise<void> {
  const session = await connectPostgres({ url, applicationName: "test", connectTimeoutMs: 5000 });
  try {
    // A look never writes.
    await session.query("SET default_transaction_read_only = on");
    await check({
      kind: "postgres",
      session,
      clear,
      load: async (fixture, when) => {
        const sql = fixture.sql("postgres", when);
        if (sql === undefined) return false;
        await database.query(sql);
        return true;
      },
    });
  } finally {
    await session.close();
  }
}

for (const fixture of fixtures) {
  test(`${fixture.name} on Postgres`, () => withPlace((place) => checkHistory(fixture, place)));

  test(`${fixture.name} on Postgres, without the right to read`, async () => {
    await clear();
    await database.query(fixture.sql("postgres", "now") ?? "");
    const { schema = "public" } = parseTable(fixture.tool.tables.postgres ?? "");
    await database.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
    await withPlace(
      (place) =>
        assert.rejects(
          historyOf(fixture.tool, fixture.image, "postgres").read(place.session),
          (error) => error instanceof StatementError && error.sqlState === "42501",
        ),
      database.urlWith({ user: role, password: "reader" }),
    );
  });
}

test("a look at a table that a migration locks fails soon", { timeout: 20_000 }, async () => {
  await clear();
  const knex = fixtureOf("knex");
  await database.query(knex.sql("postgres", "now") ?? "");
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  try {
    await holder.query("BEGIN; LOCK TABLE knex_migrations IN ACCESS EXCLUSIVE MODE");
    await withPlace((place) =>
      assert.rejects(
        historyOf(knex.tool, knex.image, "postgres").read(place.session),
        (error) => error instanceof StatementError && error.sqlState === "55P03",
      ),
    );
  } finally {
    await holder.end();
  }
});

test("a history in another schema is reported but not used", async () => {
  await clear();
  const goose = fixtureOf("goose");
  await database.query(`CREATE SCHEMA elsewhere; SET search_path = elsewhere; ${goose.sql("postgres", "now")}`);
  await withPlace(async (place) => {
    const state = await historyOf(goose.tool, goose.image, "postgres").read(place.session);
    assert.equal(state.missing.length, 3);
    assert.match(state.hint ?? "", /elsewhere\.goose_db_version.*`table:`/);
  });
});

test("a tool's held lock counts as an upgrade if a migration is missing", async () => {
  await clear();
  for (const [name, take] of [
    ["knex", "UPDATE knex_migrations_lock SET is_locked = 1"],
    ["liquibase", "UPDATE databasechangeloglock SET locked = true"],
  ] as const) {
    const fixture = fixtureOf(name);
    await database.query(`${fixture.sql("postgres", "older")}; ${take}`);
    await withPlace(async (place) => {
      const behind = await historyOf(fixture.tool, fixture.image, "postgres").read(place.session);
      assert.match(behind.upgrading ?? "", /lock is taken.*`(knex migrate:unlock|liquibase release-locks)`/);
      const current = await historyOf(fixture.tool, fixture.olderImage, "postgres").read(place.session);
      assert.equal(current.upgrading, undefined, "nothing is missing: the lock does not matter");
    });
  }
});
