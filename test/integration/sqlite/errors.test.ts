import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { upgrade } from "../../fixtures/upgrade/shop.ts";
import { applied, shopOn, sqliteFile, tables } from "../../fixtures/upgrade/sqlite.ts";
import { openSuite } from "../../harness/leaks.ts";

const suite = openSuite();
after(() => suite.end());

const first = { "1_a.sql": "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT CHECK (b <> 'bad'));" };

interface Case {
  readonly title: string;
  readonly file?: string;
  readonly source: string;
  readonly says: RegExp;
  /** Default: 1. */
  readonly code?: number;
}

const failing: readonly Case[] = [
  {
    title: "a syntax error",
    source: "CREATE TABLE x (id);\nINSERT INTO x VALUES (1);\nCREATE TABEL y (id);",
    says: /2_b \(\S+\/migrations\/2_b\.sql:3:8\): near "TABEL": syntax error[^]*3 \| CREATE TABEL y \(id\)[^]* {11}\^/,
  },
  {
    title: "a missing table, named twice: the place is the statement",
    source: "SELECT 1;\n\n  INSERT INTO gone SELECT * FROM gone;",
    says: /2_b\.sql:3:3\): no such table: gone\./,
  },
  {
    title: "a missing column",
    source: "SELECT id,\n  nope FROM a;",
    says: /2_b\.sql:2:3\): no such column: nope/,
  },
  {
    title: "a string in double quotes",
    source: `INSERT INTO a (b) VALUES ("text");`,
    says: /2_b\.sql:1:27\): no such column: "text" - should this be a string literal in single-quotes\?/,
  },
  {
    title: "a constraint",
    source: "CREATE TABLE x (id);\nINSERT INTO a (b) VALUES ('bad');",
    says: /2_b\.sql:2:1\): CHECK constraint failed/,
  },
  {
    title: "RAISE(ROLLBACK) in a trigger, in the middle",
    source: `CREATE TRIGGER t BEFORE INSERT ON a BEGIN SELECT RAISE(ROLLBACK, 'never'); END;
      INSERT INTO a (b) VALUES ('x');
      CREATE TABLE after_it (id);`,
    says: /2_b\.sql:2:7\): never/,
  },
  {
    title: "an incomplete statement at the end",
    source: "CREATE TABLE x (id",
    says: /2_b\.sql:1:19\): incomplete input/,
  },
  {
    title: "a query of a module",
    file: "2_b.mjs",
    source: `export async function up({ query }) {\n  await query("CREATE TABLE x (id)");\n  await query("SELECT * FROM gone");\n}`,
    says: /2_b\.mjs:3:9\): no such table: gone/,
  },
  {
    title: "a query of a module that catches the error",
    file: "2_b.mjs",
    source: `export async function up({ query }) {\n  await query("CREATE TABLE x (id)");\n  await query("SELECT * FROM gone").catch(() => {});\n}`,
    says: /2_b\.mjs:3:9\): no such table: gone/,
  },
  {
    title: "a module that goes on after its transaction was rolled back",
    file: "2_b.mjs",
    source: `export async function up({ query }) {
      await query("INSERT INTO a VALUES (1, 'x')");
      await query("INSERT OR ROLLBACK INTO a VALUES (1, 'x')").catch(() => {});
      await query("CREATE TABLE escaped (id)");
    }`,
    says: /UNIQUE constraint failed|an earlier error has rolled back the transaction/,
  },
  {
    title: "too few values",
    file: "2_b.mjs",
    source: `export const up = ({ query }) => query("INSERT INTO a VALUES ($1, $2)", [1]);`,
    says: /2_b\.mjs:1:34\): the statement has \$2, and 1 values are given/,
  },
  {
    title: "too many values",
    file: "2_b.mjs",
    source: `export const up = ({ query }) => query("INSERT INTO a (id) VALUES ($1)", [1, 2]);`,
    says: /2 values are given, and the statement has no \$2/,
  },
  {
    title: "other parameters",
    file: "2_b.mjs",
    source: `export const up = ({ query }) => query("INSERT INTO a (id) VALUES (?)", [1]);`,
    says: /the parameter \? is not supported: write \$1, \$2/,
  },
  {
    title: "two statements in a query",
    file: "2_b.mjs",
    source: `export const up = ({ query }) => query("CREATE TABLE x (id); CREATE TABLE y (id)");`,
    says: /query takes one statement, and received 2/,
  },
  {
    title: "COMMIT in a query",
    file: "2_b.mjs",
    source: `export const up = async ({ query }) => { await query("CREATE TABLE x (id)"); await query("COMMIT"); };`,
    says: /COMMIT inside a migration\. Remove it/,
  },
];

describe("a migration that fails is rolled back, and its place is reported", { concurrency: 2 }, () => {
  for (const { title, file = "2_b.sql", source, says } of failing) {
    test(title, async () => {
      const database = sqliteFile();
      const image = shopOn(suite, database, { migrations: { ...first, [file]: source } });
      const { stderr } = await upgrade(image, [], 1);
      assert.match(stderr, says);
      assert.match(stderr, /applied before it, and kept: 1_a\n.*rolled back: 2_b/);
      assert.deepEqual(tables(database), ["a"]);
      assert.deepEqual(applied(database), ["1_a"]);
      assert.deepEqual(database.list("SELECT * FROM a"), []);
    });
  }
});

const refused: readonly Case[] = [
  {
    title: "BEGIN",
    source: "BEGIN;\nCREATE TABLE x (id);",
    says: /2_b\.sql:1:1: BEGIN inside a migration\. Remove it/,
  },
  { title: "END", source: "CREATE TABLE x (id); END TRANSACTION;", says: /2_b\.sql:1:22: END inside/ },
  {
    title: "ROLLBACK without a transaction",
    source: "-- seaworthy: no-transaction\nROLLBACK;",
    says: /2_b\.sql:2:1: ROLLBACK inside a migration\. Remove it: each statement of a no-transaction/,
  },
  {
    title: "ATTACH",
    source: "ATTACH 'other.db' AS other;",
    says: /2_b\.sql:1:1: ATTACH inside a migration: .*dependency of its own/,
  },
  {
    title: "VACUUM",
    source: "SELECT 1; VACUUM;",
    says: /2_b\.sql:1:11: SQLite refuses VACUUM in a transaction\..*no-transaction/,
  },
  {
    title: "PRAGMA journal_mode",
    source: "PRAGMA main.journal_mode = wal;",
    says: /2_b\.sql:1:1: SQLite refuses PRAGMA journal_mode in a transaction/,
  },
  { title: "an open string", source: "SELECT 'a;", says: /2_b\.sql:1:8: the string .* is never closed/ },
  {
    title: "an open trigger",
    source: "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;",
    says: /2_b\.sql:1:36: the BEGIN that begins here is never closed/,
  },
  {
    title: "statement-timeout",
    source: "-- seaworthy: statement-timeout 1s\nSELECT 1;",
    says: /statement-timeout has no effect in SQLite/,
  },
];

describe("a migration that SQLite would run otherwise than written is refused", { concurrency: 2 }, () => {
  for (const { title, source, says } of refused) {
    test(title, async () => {
      const database = sqliteFile();
      const { stderr } = await upgrade(
        shopOn(suite, database, { migrations: { ...first, "2_b.sql": source } }),
        [],
        78,
      );
      assert.match(stderr, says);
      assert.deepEqual(tables(database), []);
    });
  }
});

test("names in any quotes, triggers and comments are read as SQLite reads them", async () => {
  const database = sqliteFile();
  const source = `CREATE TABLE [a;b] (\`c;d\` TEXT, "e;""f" TEXT); -- ; COMMIT
    /* ; BEGIN */ INSERT INTO [a;b] VALUES ('it''s \\', ';');
    CREATE TRIGGER audit AFTER UPDATE ON [a;b] WHEN CASE WHEN 1 THEN 1 END BEGIN
      INSERT INTO [a;b] VALUES ('END', CASE WHEN 2 THEN ';' END);
      SELECT 1;
    END;
    UPDATE [a;b] SET \`c;d\` = 'x'`;
  await upgrade(shopOn(suite, database, { migrations: { "1_a.sql": source } }));
  assert.deepEqual(database.list("SELECT * FROM [a;b]"), ["x", "END"]);
});
