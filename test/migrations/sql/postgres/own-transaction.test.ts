import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lintMigration } from "../../../../src/lint/lint.ts";
import { inspectPostgres } from "../../../../src/migrations/sql/postgres/guard.ts";
import { runsAlone } from "../../../../src/migrations/sql/postgres/own-transaction.ts";
import { postgresStatements } from "../../../../src/migrations/sql/postgres/statements.ts";

const isRunAlone = (sql: string) => [...postgresStatements(sql)].some(runsAlone);

describe("statements that Postgres refuses in a transaction are found without the parser, and the linter agrees", () => {
  for (const sql of [
    "CREATE INDEX CONCURRENTLY i ON t (a)",
    "create unique /* a */ index concurrently if not exists i on t (a)",
    "DROP INDEX CONCURRENTLY IF EXISTS i",
    "REINDEX INDEX CONCURRENTLY i",
    "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
    "REINDEX SCHEMA public",
    "REINDEX (VERBOSE) DATABASE shop",
    "VACUUM (FULL) t",
    "CLUSTER",
    "CLUSTER VERBOSE",
    "CREATE DATABASE a",
    "DROP DATABASE a",
    "CREATE TABLESPACE a LOCATION '/a'",
    "DROP TABLESPACE a",
    "ALTER SYSTEM SET work_mem = '5MB'",
  ]) {
    test(sql, async () => {
      assert.match(inspectPostgres(sql, { transaction: true }).loner?.reason ?? "", /cannot run in a transaction/);
      assert.equal(inspectPostgres(sql, { transaction: false }).loner, undefined);
      assert.ok(isRunAlone(sql));
      assert.ok((await lintMigration(sql)).some(({ rule }) => rule === "needs-no-transaction"));
    });
  }

  for (const sql of [
    "ALTER TABLE a.t DETACH PARTITION b CONCURRENTLY",
    "ALTER DATABASE a SET TABLESPACE b",
    "CREATE SUBSCRIPTION s CONNECTION 'host=a' PUBLICATION p",
    "ALTER SUBSCRIPTION s REFRESH PUBLICATION",
  ])
    test(sql, () => {
      assert.notEqual(inspectPostgres(sql, { transaction: true }).loner, undefined);
      assert.ok(isRunAlone(sql));
    });
});

describe("control: statements that may share a transaction", () => {
  for (const sql of [
    "CREATE INDEX concurrent ON t (a)",
    "CREATE TABLE vacuum (concurrently_ int)",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
    "REINDEX TABLE t",
    "REINDEX (CONCURRENTLY false) TABLE t",
    "INSERT INTO t VALUES ('CREATE INDEX CONCURRENTLY')",
    "ANALYZE t",
    "ALTER TABLE t DETACH PARTITION b",
    "COMMENT ON INDEX i IS 'VACUUM'",
    "ALTER DATABASE a SET work_mem = '5MB'",
  ])
    test(sql, async () => {
      assert.equal(inspectPostgres(sql, { transaction: true }).loner, undefined);
      assert.equal(isRunAlone(sql), false);
    });

  for (const sql of ["CALL p()", "DO $$ BEGIN END $$", "CLUSTER t USING i", "DROP SUBSCRIPTION s"])
    test(`${sql} may share one, and runs alone in a no-transaction migration`, () => {
      assert.equal(inspectPostgres(sql, { transaction: true }).loner, undefined);
      assert.ok(isRunAlone(sql));
    });
});
