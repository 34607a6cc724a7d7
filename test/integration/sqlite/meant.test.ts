import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import { scratchPath } from "../../harness/scratch.ts";

const suite = openSuite();
after(() => suite.end());

const imageOf = (migrations: Readonly<Record<string, string>>) => {
  const path = scratchPath("app.db");
  return { path, image: suite.image(shopFiles({ url: `sqlite:${path}`, migrations })) };
};

describe("SQLite writes what is meant", { concurrency: 2 }, () => {
  test("whole numbers of a JavaScript migration stay whole", async () => {
    const module = `export async function up({ query }) {
      await query("CREATE TABLE a (code TEXT, n, half)");
      await query("INSERT INTO a VALUES ($1, $2, $3)", [42, 9007199254740991, 0.5]);
      await query("INSERT INTO a SELECT $1, $2, $3", ["text", -7, null]);
    }`;
    const { path, image } = imageOf({ "1_a.mjs": module });
    await upgrade(image);
    using database = new DatabaseSync(path, { readOnly: true });
    assert.deepEqual(
      database
        .prepare("SELECT code, n, typeof(n) AS type, half FROM a")
        .all()
        .map((row) => ({ ...row })),
      [
        { code: "42", n: 9_007_199_254_740_991, type: "integer", half: 0.5 },
        { code: "text", n: -7, type: "integer", half: null },
      ],
    );
  });

  for (const [sql, reason] of [
    ["INSERT INTO a VALUES (?1)", /nothing gives the parameter \?1 a value/],
    ["INSERT INTO a VALUES (?)", /the parameter \? a value, so SQLite would write NULL/],
    ["INSERT INTO a VALUES (@x)", /the parameter @x a value/],
  ] as const)
    test(`${sql} is refused`, async () => {
      const { image } = imageOf({ "1_a.sql": `CREATE TABLE a (x);\n${sql};` });
      assert.match((await upgrade(image, [], 78)).stderr, reason);
    });

  for (const name of ["last_insert_rowid", "changes"])
    test(`${name}() is refused with no-transaction, and right without it`, async () => {
      const body = `CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (x);
        INSERT INTO a VALUES (100); INSERT INTO b VALUES (${name}());`;
      const { image } = imageOf({ "1_a.sql": `-- seaworthy: no-transaction\n${body}` });
      assert.match((await upgrade(image, [], 78)).stderr, new RegExp(`${name}\\(\\) in a no-transaction migration`));
      const right = imageOf({ "1_a.sql": body });
      await upgrade(right.image);
      using database = new DatabaseSync(right.path, { readOnly: true });
      assert.equal(database.prepare("SELECT x FROM b").get()?.["x"], name === "changes" ? 1 : 100);
    });
});
