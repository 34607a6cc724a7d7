import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLinter, lintMigration, type LintOptions } from "../../src/lint/lint.ts";
import { lintRules } from "../../src/lint/rules/rules.ts";
import { blockingCases } from "./cases-blocking.ts";
import { compatibilityCases } from "./cases-compatibility.ts";
import { failingCases } from "./cases-failing.ts";
import { toCase, type Case } from "./cases.ts";

const allCases = [...compatibilityCases, ...blockingCases, ...failingCases];

async function rulesFor({ sql, transaction = true, serverVersion = 18 }: Case): Promise<readonly string[]> {
  const findings = await lintMigration(sql, { transaction, serverVersion });
  return [...new Set(findings.map(({ rule }) => rule))].toSorted();
}

function titleOf({ sql, transaction, serverVersion }: Case): string {
  return [
    sql.length > 200 ? `${sql.slice(0, 100)} …` : sql,
    transaction === false && "(no transaction)",
    serverVersion && `(Postgres ${serverVersion})`,
  ]
    .filter(Boolean)
    .join(" ");
}

for (const { rule, bad, good } of allCases)
  describe(`the rule ${rule}`, () => {
    for (const item of bad.map(toCase).filter(({ needsCatalog }) => needsCatalog !== true))
      test(`finds: ${titleOf(item)}`, async () => {
        assert.deepEqual(await rulesFor(item), [rule, ...(item.also ?? [])].toSorted());
      });
    for (const item of good.map(toCase).filter(({ needsCatalog }) => needsCatalog !== true))
      test(`lets pass: ${titleOf(item)}`, async () => {
        assert.deepEqual(await rulesFor(item), []);
      });
  });

describe("the list of rules", () => {
  test("has cases, good and bad, for every rule", () => {
    assert.deepEqual(allCases.map(({ rule }) => rule).toSorted(), lintRules.map(({ id }) => id).toSorted());
    for (const { rule, bad, good } of allCases) assert.equal(bad.length > 0 && good.length > 0, true, rule);
  });

  test("has a what, a why and a safe way for every rule, which fit into a Markdown table", () => {
    for (const { id, what, why, safeWay } of lintRules) {
      assert.match(id, /^[a-z]+(-[a-z]+)*$/);
      for (const text of [what, why, safeWay]) assert.doesNotMatch(text, /\||\n/, id);
      for (const text of [why, safeWay]) assert.match(text, /^[A-Za-z].*\.$/, id);
    }
  });
});

describe("several migrations of one upgrade", () => {
  test("an object that one migration creates is new to the next, and locks end with each migration", async () => {
    const found = await rulesForEach([
      "CREATE TABLE draft (id int); ALTER TABLE orders ADD source text",
      "CREATE INDEX ON draft (id); UPDATE orders SET source = '' WHERE source IS NULL",
      "ALTER TABLE draft DROP COLUMN id; DROP TABLE orders",
    ]);
    assert.deepEqual(found, [[], [], ["drop-table"]]);
  });

  test("a constraint that an earlier migration validated proves NOT NULL", async () => {
    const add = "ALTER TABLE orders ADD CONSTRAINT known CHECK (nick IS NOT NULL) NOT VALID";
    const validate = "ALTER TABLE orders VALIDATE CONSTRAINT known";
    const set = "ALTER TABLE orders ALTER nick SET NOT NULL";
    assert.deepEqual(await rulesForEach([add, validate, set]), [[], [], []]);
    // Controls: without VALIDATE, and before Postgres 12.
    assert.deepEqual(await rulesForEach([add, set]), [[], ["set-not-null"]]);
    assert.deepEqual(await rulesForEach([add, validate, set], { serverVersion: 11 }), [[], [], ["set-not-null"]]);
  });

  test("the linter checks the migrations after one that cannot be parsed", async () => {
    const deep = `UPDATE settings SET value = ${Array(20_000).fill("'b'").join("||")} WHERE name = 'a'`;
    const found = await rulesForEach(["SELEC", `${deep}; DROP TABLE users`, "DROP TABLE orders"]);
    assert.deepEqual(found, [["syntax-error"], ["not-checked", "drop-table"], ["drop-table"]]);
  });

  async function rulesForEach(migrations: readonly string[], options: LintOptions = {}) {
    const lint = createLinter(options);
    const found: (readonly string[])[] = [];
    for (const sql of migrations) found.push((await lint([{ sql }])).flat().map(({ rule }) => rule));
    return found;
  }
});
