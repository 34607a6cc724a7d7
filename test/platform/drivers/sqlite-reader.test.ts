import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import { StatementError, UnreachableError } from "../../../src/kernel/database.ts";
import { openSqlite } from "../../../src/platform/drivers/sqlite/reader.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "seaworthy-sqlite-"));
  path = join(folder, "app 1.db");
});

afterEach(() => rmSync(folder, { recursive: true }));

const hasState = (state: string) => (error: unknown) => error instanceof StatementError && error.sqlState === state;

test("every spelling of the URL works, and values are unchanged", async () => {
  new DatabaseSync(path).close();
  for (const url of [
    `sqlite:${path}`,
    `sqlite://${path}`,
    `sqlite:${encodeURI(path)}?mode=ro`,
    `sqlite3:${path}`,
    `file:${path}`,
  ]) {
    const session = await openSqlite(url);
    const value = `it's "ü" \\ 🙂`;
    assert.deepEqual(
      (await session.query(`SELECT ${session.literal(value)} AS value`)).map((row) => row["value"]),
      [value],
    );
    await session.close();
  }
});

test("it writes nothing, and creates no files, also in WAL mode", async () => {
  for (const mode of ["DELETE", "WAL"]) {
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE IF NOT EXISTS t (id)`);
    database.close();
    const before = readdirSync(folder);
    const session = await openSqlite(`sqlite:${path}`);
    await session.query("SELECT * FROM t");
    await assert.rejects(session.query("INSERT INTO t VALUES (1)"), StatementError);
    await session.close();
    assert.deepEqual(readdirSync(folder), before);
  }
});

test("errors have the SQLSTATEs of Postgres", async () => {
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE t (id)");
  const session = await openSqlite(`sqlite:${path}`);
  await assert.rejects(session.query("SELECT * FROM no_such_table"), hasState("42P01"));
  await assert.rejects(session.query("SELECT no_such_column FROM t"), hasState("42703"));
  database.exec("BEGIN EXCLUSIVE");
  await assert.rejects(session.query("SELECT * FROM t"), hasState("55006"));
  database.exec("COMMIT");
  await session.query("SELECT * FROM t");
  await session.close();
  database.close();

  writeFileSync(path, "no database at all, whatever its name may say".repeat(50));
  const broken = await openSqlite(`sqlite:${path}`);
  await assert.rejects(broken.query("SELECT * FROM t"), hasState("XX001"));
  await broken.close();
});

test("waiting for a writer does not block the event loop", async () => {
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE t (id); BEGIN EXCLUSIVE");
  const session = await openSqlite(`sqlite:${path}`);
  const rows = session.query("SELECT * FROM t");
  // If it waited inside SQLite, this would never run, and the query would fail.
  setImmediate(() => database.exec("COMMIT"));
  assert.deepEqual(await rows, []);
  await session.close();
  database.close();
});

test("a missing or unreadable file is unreachable", async () => {
  await assert.rejects(
    openSqlite(`sqlite:${path}`),
    (error) => error instanceof UnreachableError && /app 1\.db: it does not exist/.test(error.message),
  );
  new DatabaseSync(path).close();
  chmodSync(path, 0o000);
  // Root can read it anyway.
  if (process.getuid?.() !== 0) await assert.rejects(openSqlite(`sqlite:${path}`), UnreachableError);
});
