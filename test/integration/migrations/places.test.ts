import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { openSession, waitUntilBlocked } from "../../fixtures/upgrade/session.ts";
import { run, shopFiles, start, upgrade } from "../../fixtures/upgrade/shop.ts";

const suite = openSuite();
after(() => suite.end());

/** `n` statements, one per line, with this one in line `line`. */
const among = (n: number, line: number, statement: string) =>
  Array.from({ length: n }, (_, index) =>
    index + 1 === line ? statement : `INSERT INTO t VALUES (${index}, 1);`,
  ).join("\n");

interface Case {
  /** By name. The last one fails. The table `t (id int, n int)` exists. */
  readonly migrations: ImageFiles;
  /** The text in parentheses after the path. */
  readonly place: RegExp;
  readonly reason: RegExp;
  /** The text above the caret. Undefined if there is no caret. */
  readonly pointed?: string;
  /** Default: 1. */
  readonly code?: number;
}

const divide = "SELECT 1 / n FROM t";
const failing = { reason: /division by zero \(SQLSTATE 22012\)\./, pointed: divide } as const;

const cases: Readonly<Record<string, Case>> = {
  "in the 150th of 200 statements": {
    migrations: { "1.sql": among(200, 150, `  UPDATE t SET n = 0; ${divide};`) },
    place: /1\.sql:150:23/,
    ...failing,
  },
  "a unique key, in a statement of many lines": {
    migrations: {
      "1.sql": `CREATE UNIQUE INDEX ON t (id);\n-- ä; 😀\nINSERT INTO t VALUES (1); /* ; */ SELECT $$;$$;\n\n\tINSERT\n\tINTO t\n\tVALUES (1);`,
    },
    place: /1\.sql:5:2/,
    reason: /duplicate key.*\(SQLSTATE 23505\)\. Detail: Key \(id\)=\(1\) already exists\./,
    pointed: "INSERT",
  },
  "empty statements and a rule's semicolons are not counted as statements": {
    migrations: {
      "1.sql": `;; ;\nCREATE RULE r AS ON DELETE TO t DO ALSO (SELECT 1; SELECT 2);;\nCREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END;\nINSERT INTO t VALUES (1, 0); ${divide}`,
    },
    place: /1\.sql:4:30/,
    ...failing,
  },
  "in a DO block: the statement, and the line in it": {
    migrations: { "1.sql": `SELECT 1;\n  DO $$\nBEGIN\n  RAISE EXCEPTION 'no more';\nEND $$;` },
    place: /1\.sql:2:3/,
    reason: /no more \(SQLSTATE P0001\)\. In PL\/pgSQL function inline_code_block line 3 at RAISE\./,
    pointed: "DO $$",
  },
  "in a function that a statement calls": {
    migrations: {
      "1.sql": `CREATE FUNCTION f(n int) RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1 / n;\nEND $$;\nSELECT f(1);\nSELECT f(0);`,
    },
    place: /1\.sql:6:1/,
    reason: /division by zero \(SQLSTATE 22012\)\. In PL\/pgSQL function f\(integer\) line 3 at RETURN\./,
    pointed: "SELECT f(0)",
  },
  "in a query of a function, whose position is not the file's": {
    migrations: { "1.sql": `SELECT 1;\nDO $$ BEGIN PERFORM missing FROM t; END $$;` },
    place: /1\.sql:2:1/,
    reason: /column "missing" does not exist.* In PL\/pgSQL function inline_code_block line 1 at PERFORM\./,
    pointed: "DO $$",
  },
  "at commit: a deferred constraint": {
    migrations: {
      "1.sql": `CREATE TABLE u (id int PRIMARY KEY);\nCREATE TABLE v (id int REFERENCES u DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO v VALUES (1);`,
    },
    place: /1\.sql, at commit/,
    reason: /violates foreign key constraint.*\(SQLSTATE 23503\)\. Detail: Key \(id\)=\(1\)/,
  },
  "a deferred constraint that the file makes immediate": {
    migrations: {
      "1.sql": `CREATE TABLE u (id int PRIMARY KEY);\nCREATE TABLE v (id int REFERENCES u DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO v VALUES (1);\n SET CONSTRAINTS ALL IMMEDIATE;`,
    },
    place: /1\.sql:4:2/,
    reason: /violates foreign key constraint/,
    pointed: "SET CONSTRAINTS",
  },
  "in a SET": {
    migrations: { "1.sql": "SELECT 1;\nSET work_mem = '-5';" },
    place: /1\.sql:2:1/,
    reason: /\(SQLSTATE 22023\)/,
    pointed: "SET work_mem",
  },
  "in a file with an up and a down part, the line is the file's": {
    migrations: {
      "1.sql": `-- +goose Up\nINSERT INTO t VALUES (1, 0);\n\n${divide};\n\n-- +goose Down\nSELECT 1;`,
    },
    place: /1\.sql:4:1/,
    ...failing,
  },
  "in a file with the down part first": {
    migrations: {
      "1.sql": `-- migrate:down\nDROP TABLE t;\nSELECT 1;\n-- migrate:up\nINSERT INTO t VALUES (1, 0);\n${divide};\n`,
    },
    place: /1\.sql:6:1/,
    ...failing,
  },
  "without a transaction": {
    migrations: {
      "1.sql": `-- seaworthy: no-transaction\nINSERT INTO t VALUES (1, 0);\nSET work_mem = '4MB';\n  ${divide};\nSELECT 1;`,
    },
    place: /1\.sql:4:3/,
    ...failing,
  },
  "without a transaction: a SET before the statement": {
    migrations: {
      "1.sql": `-- seaworthy: no-transaction\nSELECT 1;\nSET statement_timeout = '1s'; SET work_mem = '-5'; -- ;\nINSERT INTO t VALUES (1, 0);`,
    },
    place: /1\.sql:3:31/,
    reason: /\(SQLSTATE 22023\)/,
    pointed: "SET work_mem",
  },
  "without a transaction: a statement that runs alone": {
    migrations: {
      "1.sql": `-- seaworthy: no-transaction\nINSERT INTO t VALUES (1, 1), (1, 1);\n  CREATE UNIQUE INDEX CONCURRENTLY i ON t (id);`,
    },
    place: /1\.sql:3:3/,
    reason: /could not create unique index.*\(SQLSTATE 23505\)/,
    pointed: "CREATE UNIQUE",
  },
  "without a transaction: at commit": {
    migrations: {
      "1.sql": `-- seaworthy: no-transaction\nCREATE TABLE u (id int PRIMARY KEY);\nCREATE TABLE v (id int REFERENCES u DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO v VALUES (1);`,
    },
    place: /1\.sql:4:1/,
    reason: /violates foreign key constraint/,
    pointed: "INSERT INTO v",
  },
  "after other migrations, which are sent ahead": {
    migrations: {
      "1.sql": "INSERT INTO t VALUES (1, 0);",
      "2.sql": "SELECT 1;",
      "3.sql": `SELECT 1;\n${divide};\nSELECT 2;`,
    },
    place: /3\.sql:2:1/,
    ...failing,
  },
  "in a query of a module": {
    migrations: {
      "1.mjs": `export async function up({ query }) {\n  await query("INSERT INTO t VALUES (1, 0)");\n  await query("${divide}");\n}`,
    },
    place: /1\.mjs:3:9/,
    reason: /division by zero \(SQLSTATE 22012\)\./,
    pointed: "query(",
  },
  "in a query of a module's own function, with a place in its SQL": {
    migrations: {
      "1.js": `exports.up = async ({ query }) => {\n  const each = async (sql) => {\n    await null;\n    await query(sql);\n  };\n  for (const one of ["SELECT 1", "SELECT 'ä', missing FROM t"]) await each(one);\n};`,
    },
    place: /1\.js:4:11/,
    reason: /column "missing" does not exist.*\n.*\n.*\n.*in its SQL:\n.*1 \| SELECT 'ä', missing FROM t\n.* {16}\^/,
    pointed: "query(sql)",
  },
  "in a module's own code": {
    migrations: { "1.mjs": `export const up = async ({ query }) => {\n  await query("SELECT 1");\n\n  null.x;\n};` },
    place: /1\.mjs:4:8/,
    reason: /Cannot read properties of null/,
    pointed: "x;",
  },
  "in a module that cannot be parsed": {
    migrations: { "1.js": "exports.up = async () => {\n  const ;\n};" },
    place: /1\.js:2:9: Unexpected token/,
    reason: /cannot load the migration/,
    code: 78,
  },
  "at the commit of a module": {
    migrations: {
      "1.mjs": `export const up = async ({ query }) => {
        await query("CREATE TABLE u (id int PRIMARY KEY)");
        await query("CREATE TABLE v (id int REFERENCES u DEFERRABLE INITIALLY DEFERRED)");
        await query("INSERT INTO v VALUES (1)");
      };`,
    },
    place: /1\.mjs, at commit/,
    reason: /violates foreign key constraint/,
  },
};

describe("the place of a failure if the server reports none", { concurrency: 3 }, () => {
  for (const [title, { migrations, place, reason, pointed, code = 1 }] of Object.entries(cases))
    test(title, async () => {
      const database = await suite.database();
      await database.query("CREATE TABLE t (id int, n int)");
      const image = suite.image(shopFiles({ url: database.url, migrations }));
      const { stderr } = await upgrade(image, [], code);
      assert.match(stderr, place);
      assert.match(stderr, reason);
      const lines = stderr.split("\n").map((line) => line.replace(/^seaworthy: error: /, ""));
      const caret = lines.findIndex((line) => /^ *\^$/.test(line));
      const above = [...(lines[caret - 1] ?? "")].slice((lines[caret] ?? "").length - 1).join("");
      assert.equal(
        caret === -1 ? undefined : above.startsWith(pointed ?? "nothing"),
        pointed === undefined ? undefined : true,
        stderr,
      );
    });

  test("a lock timeout: the statement that waited", async () => {
    const database = await suite.database();
    await database.query("CREATE TABLE t (id int)");
    const settings = { lockWaitSeconds: 0.2, lockRetrySeconds: 0.1 };
    const migrations = { "1.sql": "SELECT 1;\nSELECT 2;\n ALTER TABLE t ADD n int;" };
    const image = suite.image(shopFiles({ url: database.url, migrations, upgrade: settings }));
    await using other = await openSession(database, "other");
    await other.query("BEGIN; LOCK t IN ACCESS SHARE MODE");
    const { stderr } = await upgrade(image, [], 75);
    assert.match(
      stderr,
      /gave up on migration 1 \(.*1\.sql:3:2\) after 0\.1 s: it cannot get a lock, held by pid \d+ \(other,/,
    );
  });

  test("a lost connection: the statement that was running", async () => {
    const database = await suite.database();
    await database.query("CREATE TABLE t (id int)");
    const migrations = { "1.sql": "SELECT 1;\nSELECT 2;\n  LOCK t IN ACCESS EXCLUSIVE MODE;\nSELECT 3;" };
    const image = suite.image(shopFiles({ url: database.url, migrations, upgrade: { lockWaitSeconds: 60 } }));
    await using other = await openSession(database, "other");
    await other.query("BEGIN; LOCK t IN ACCESS SHARE MODE");
    const running = start(image, ["--upgrade"]);
    await waitUntilBlocked(database, "seaworthy");
    await database.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    const { code, stderr } = await running.ended;
    assert.equal(code, 69, stderr);
    assert.match(stderr, /lost the database while applying migration 1 \(.*1\.sql:3:3\): /);
  });

  test("a JSON log and the plan have the same file, line and column", async () => {
    const database = await suite.database();
    const migrations = { "1.sql": "CREATE TABLE t (n int);\nINSERT INTO t VALUES (0);\n SELEC 1;" };
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    assert.match((await run(image, ["--plan"])).stdout, /1\.sql:3:2: .*\[syntax-error\]/);
    const { stderr } = await run(image, ["--upgrade"], { environment: { SEAWORTHY_LOG_FORMAT: "json" } });
    assert.match(stderr, /1\.sql:3:2\)/);
  });
});
