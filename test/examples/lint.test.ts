import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../harness/database.ts";
import { openSuite } from "../harness/leaks.ts";
import { runProgram } from "../harness/program.ts";

const story = join(import.meta.dirname, "../../examples/story");
const suite = openSuite();
let database: TestDatabase;
before(async () => {
  database = await suite.database();
});
after(suite.end);

const run = (folder: string, ...argv: readonly string[]) =>
  runProgram(argv, { workingDirectory: folder, environment: { DATABASE_URL: database.url } });

test("the story's migrations pass --plan --strict", async () => {
  for (const version of ["v1", "v2"]) {
    const folder = join(story, version);
    const planned = await run(folder, "--plan", "--strict");
    assert.equal(planned.code, 0, `${version}: ${planned.stdout}${planned.stderr}`);
    const upgraded = await run(folder, "--upgrade");
    assert.equal(upgraded.code, 0, `${version}: ${upgraded.stderr}`);
  }
  // Control: --plan --strict finds the problem if the migrations are joined into one.
  const joined = suite.image({
    "migrations/0006_price.sql":
      "ALTER TABLE products ADD COLUMN price integer NOT NULL DEFAULT 0;\nUPDATE products SET price = stock;\n",
  });
  const { code, stdout } = await run(joined.folder, "--plan", "--strict");
  assert.equal(code, 3, stdout);
  assert.match(stdout, /whole-table-write/);
});
