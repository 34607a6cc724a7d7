import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Session } from "../../../src/kernel/database.ts";
import { Failure } from "../../../src/kernel/failure.ts";
import { foreignHistory, toolNames } from "../../../src/histories/choose-tool.ts";
import type { ToolHistory } from "../../../src/histories/tools/table/tool-history.ts";
import { connectPostgres } from "../../../src/platform/drivers/postgres.ts";
import { createDatabase, type TestDatabase } from "../../harness/database.ts";
import { fixtureOf, fixtures } from "./fixtures.ts";

let database: TestDatabase;
let session: Session;
let folder: string;
const found: string[] = [];
const none: ToolHistory = {
  read: async () => ({
    missing: [],
    needed: "own",
    latest: "own",
    dirty: undefined,
    upgrading: undefined,
    hint: undefined,
  }),
};

const opened = new AsyncDisposableStack();
before(async () => {
  database = opened.adopt(await createDatabase(), ({ drop }) => drop());
  const options = { url: database.url, applicationName: "test", connectTimeoutMs: 5000 };
  session = opened.adopt(await connectPostgres(options), (one) => one.close());
});

after(() => opened.disposeAsync());

beforeEach(async () => {
  found.length = 0;
  folder = mkdtempSync(join(tmpdir(), "seaworthy-detect-"));
  await database.query(
    "DROP SCHEMA IF EXISTS drizzle, sqitch, atlas_schema_revisions, graphile_migrate, seaworthy, other CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public",
  );
});

afterEach(() => rmSync(folder, { recursive: true }));

function auto(migrations: string, options: { readonly table?: string } = {}): ToolHistory {
  return foreignHistory({
    history: "auto",
    migrations,
    database: "postgres",
    ...options,
    onFound: (sentence) => found.push(sentence),
    own: { table: "seaworthy.migrations", history: none },
  });
}

function write(files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const isAmbiguous =
  (...names: readonly string[]) =>
  (error: unknown) =>
    error instanceof Failure &&
    error.exitCode === 78 &&
    /cannot tell which migration tool is meant: .*`history: NAME`/.test(error.message) &&
    names.every((name) => new RegExp(`\\b${name} \\(`).test(error.message));

for (const fixture of fixtures) {
  test(`${fixture.name} is found from its files and its table`, async () => {
    await database.query(fixture.sql("postgres", "older") ?? "");
    const state = await auto(fixture.image).read(session);
    assert.deepEqual(state.missing, [fixture.third]);
    assert.equal(found.length, 1);
    const [sentence = ""] = found;
    assert.ok(sentence.startsWith(`found ${fixture.tool.title}: `), sentence);
    assert.match(sentence, /, and its table \w+\.\w+$/);
  });
}

/** Tools whose files alone do not identify them: only the names match. */
const needsTable = new Set(["golang-migrate", "sqlx", "refinery"]);

for (const fixture of fixtures) {
  const { name } = fixture;
  test(`${name} is ${needsTable.has(name) ? "not recognised" : "recognised"} before its table exists`, async () => {
    const history = auto(fixture.image);
    if (needsTable.has(name)) {
      await assert.rejects(history.read(session), isAmbiguous(name));
      return;
    }
    const state = await history.read(session);
    assert.ok(state.missing.includes(fixture.third));
    assert.match(found[0] ?? "", /, and its table does not exist yet$/);
    // It looks again until the table exists, and reports it.
    await database.query(fixture.sql("postgres", "now") ?? "");
    assert.deepEqual((await history.read(session)).missing, []);
    await history.read(session);
    assert.equal(found.length, 2);
    assert.match(found[1] ?? "", /, and its table /);
  });
}

test("tools that share schema_migrations are distinguished by its columns", async () => {
  // The file's name fits several tools.
  write({ "1_users.up.sql": "CREATE TABLE users (id integer);" });
  await database.query("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean)");
  await auto(folder).read(session);
  assert.match(found[0] ?? "", /golang-migrate/);

  await database.query("DROP TABLE schema_migrations; CREATE TABLE schema_migrations (version varchar PRIMARY KEY)");
  await assert.rejects(auto(folder).read(session), isAmbiguous("golang-migrate", "sqlx"));
});

test("another tool's table does not outweigh files that identify their tool", async () => {
  write({ "20240101_users.js": "exports.up = (knex) => knex.schema.createTable('users');" });
  await database.query('CREATE TABLE "SequelizeMeta" (name varchar(255) PRIMARY KEY)');
  await assert.rejects(auto(folder).read(session), isAmbiguous("umzug", "knex"));

  await database.query(fixtureOf("knex").sql("postgres", "now") ?? "");
  await auto(folder).read(session);
  assert.match(found[0] ?? "", /^found Knex: 1 migration in /);
});

test("files that identify two tools, with both tables, are refused", async () => {
  write({
    "1_users.sql": "-- migrate:up\n-- +goose Up\nCREATE TABLE users (id integer);",
  });
  await database.query(`${fixtureOf("dbmate").sql("postgres", "now")}; ${fixtureOf("goose").sql("postgres", "now")}`);
  await assert.rejects(auto(folder).read(session), isAmbiguous("dbmate", "goose"));
});

test("plain SQL files are ambiguous until seaworthy's table exists or a file has its directive", async () => {
  write({ "0001_users.sql": "CREATE TABLE users (id integer);" });
  await assert.rejects(auto(folder).read(session), isAmbiguous("seaworthy", "sqlx"));
  await database.query(
    "CREATE SCHEMA seaworthy; CREATE TABLE seaworthy.migrations (position bigint, name text, checksum text)",
  );
  assert.equal((await auto(folder).read(session)).latest, "own");
  assert.match(found[0] ?? "", /^found seaworthy's own history: 1 migration in .* table seaworthy\.migrations$/);

  await database.query("DROP SCHEMA seaworthy CASCADE");
  write({ "0002_drop.sql": "-- seaworthy: contract 2.0.0\nDROP TABLE users;" });
  assert.equal((await auto(folder).read(session)).latest, "own");
});

test("files of an unknown tool, and an empty folder, are refused", () => {
  for (const files of [{ "README.md": "" }, {}]) {
    assert.throws(
      () => auto(write(files)),
      (error) =>
        error instanceof Failure &&
        error.exitCode === 78 &&
        error.message.includes(folder) &&
        error.message.includes("`history: NAME`"),
    );
  }
});

test("a table with another name is recognised by its columns", async () => {
  const knex = fixtureOf("knex");
  await database.query(
    `${knex.sql("postgres", "older")}; CREATE SCHEMA other; ALTER TABLE knex_migrations SET SCHEMA other; ALTER TABLE other.knex_migrations RENAME TO "History"`,
  );
  const state = await auto(knex.image, { table: "other.History" }).read(session);
  assert.deepEqual(state.missing, [knex.third]);
  assert.match(found[0] ?? "", /its table other\.History$/);
});

test("a configured tool needs no detection", async () => {
  const options = {
    migrations: fixtureOf("sqlx").image,
    database: "postgres",
    onFound: () => assert.fail(),
    own: undefined,
  } as const;
  await database.query(fixtureOf("sqlx").sql("postgres", "older") ?? "");
  assert.equal((await foreignHistory({ ...options, history: "sqlx" }).read(session)).missing.length, 1);
  assert.equal(
    (await foreignHistory({ ...options, history: "sqlx", table: "other.migrations" }).read(session)).missing.length,
    3,
  );

  const isRefused = (text: RegExp) => (error: unknown) =>
    error instanceof Failure && error.exitCode === 78 && text.test(error.message);
  assert.throws(() => foreignHistory({ ...options, history: "knexx" }), isRefused(/Did you mean knex\?/));
  assert.throws(() => foreignHistory({ ...options, history: "django" }), isRefused(/holds no migration of Django/));
  assert.throws(
    () => foreignHistory({ ...options, history: "knex", migrations: "/nowhere" }),
    isRefused(/\/nowhere: it does not exist/),
  );
  assert.throws(
    () => foreignHistory({ ...options, database: "sqlite", history: "node-pg-migrate" }),
    isRefused(/keeps no history in SQLite/),
  );
});

test("every tool has a unique name", () => {
  assert.equal(new Set(toolNames).size, 26);
});

test("a mounted folder full of links is read", async () => {
  // Kubernetes mounts a ConfigMap like this.
  const { symlinkSync } = await import("node:fs");
  cpSync(fixtureOf("goose").image, join(folder, "..data"), { recursive: true });
  for (const name of ["00001_create_users.sql", "00002_create_orders.sql", "00003_create_notes.sql"])
    symlinkSync(`..data/${name}`, join(folder, name));
  const state = await auto(folder).read(session);
  assert.equal(state.missing.length, 3);
});
