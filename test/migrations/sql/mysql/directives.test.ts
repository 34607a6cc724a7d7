import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { readScript } from "../../../../src/migrations/script.ts";
import { mysqlDialect } from "../../../../src/migrations/sql/dialect.ts";
import { scratchPath } from "../../../harness/scratch.ts";

test("no migration of MySQL is one transaction, whatever it says", () => {
  const path = scratchPath("1_a.sql");
  writeFileSync(path, "SELECT 1;");
  assert.equal(readScript({ name: "1_a", path }, mysqlDialect).directives.transaction, false);
});
