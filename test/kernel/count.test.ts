import assert from "node:assert/strict";
import { test } from "node:test";
import { countIs, countOf, firstStatementsDone, isOrAre } from "../../src/kernel/count.ts";

test("1 is singular, 0 and more than 1 are plural", () => {
  assert.deepEqual(
    [0, 1, 2, 11].map((count) => countOf(count, "migration")),
    ["0 migrations", "1 migration", "2 migrations", "11 migrations"],
  );
  assert.deepEqual(
    [0, 1, 2].map((count) => countIs(count, "file")),
    ["0 files are", "1 file is", "2 files are"],
  );
  assert.deepEqual([0, 1, 2].map(isOrAre), ["are", "is", "are"]);
  assert.deepEqual([1, 2].map(firstStatementsDone), ["its first statement is done", "its first 2 statements are done"]);
});
