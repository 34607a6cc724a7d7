import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { upPartOf } from "../../../src/migrations/layouts/up-part.ts";
import { mysqlDialect } from "../../../src/migrations/sql/dialect.ts";
import { splitStatements } from "../../../src/migrations/sql/statements.ts";

const statementsOf = (sql: string) =>
  splitStatements(upPartOf("0000_a.sql", sql, mysqlDialect).sql, mysqlDialect).map((statement) => statement.sql);

describe("Drizzle's files for MySQL", () => {
  test("its mark divides statements, though MySQL does not take it for a comment", () => {
    const file = "CREATE TABLE a (id int);--> statement-breakpoint\nSELECT 1\n--> statement-breakpoint\nSELECT 2";
    assert.deepEqual(statementsOf(file), ["CREATE TABLE a (id int)", "SELECT 1", "SELECT 2"]);
  });

  test("control: inside a string, it is refused, as Drizzle would cut the string", () => {
    assert.throws(() => statementsOf("SELECT 'a\n--> statement-breakpoint\nb'"), /is inside a string/);
  });

  test("control: two minus signs are no comment", () => {
    assert.deepEqual(statementsOf("SELECT 1--2; SELECT 3"), ["SELECT 1--2", "SELECT 3"]);
  });
});
