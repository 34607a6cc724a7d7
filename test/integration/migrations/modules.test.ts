import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { withoutRoot, type Build } from "../../harness/program.ts";
import { assertCode, run, shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, releasesIn, tablesOf } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const insert = (entry: string) => `await query("INSERT INTO log VALUES ($1, $2)", ["${entry}", { of: "${entry}" }]);`;

/** Every way to export `up` from a module. */
const modules: ImageFiles = {
  "0_log.sql": "CREATE TABLE log (entry text, detail jsonb);",
  "1_common.js": `exports.up = async ({ query }) => { ${insert("1")} };`,
  "2_module.js": `export async function up({ query }) { ${insert("2")} }`,
  "3_module.mjs": `import { word } from "./words/word.mjs";
    import { readFileSync } from "node:fs";
    export const up = async ({ query }) => {
      await query("INSERT INTO log VALUES ($1)", [word + readFileSync(new URL(import.meta.url)).length * 0]);
    };`,
  "words/word.mjs": 'export const word = "3-";',
  "4_common.cjs": `const { join } = require("node:path");
    module.exports = { async up({ query }) { ${insert("4")} }, down() { throw new Error("never " + join("a", "b")); } };`,
  "5_default.mjs": `export default { up: async ({ query }) => { ${insert("5")} } };`,
  "6_rows.mjs": `export async function up({ query }) {
    const rows = await query("SELECT entry, detail FROM log WHERE entry = ANY ($1) ORDER BY entry", [["1", "2"]]);
    await query("INSERT INTO log VALUES ('6', $1)", [JSON.stringify(rows)]);
  }`,
};

describe("migrations in JavaScript", { concurrency: 3 }, () => {
  for (const build of ["bundle", "program"] satisfies Build[]) {
    test(`each kind of module, run by the ${build}`, { skip: build === "program" && withoutRoot }, async () => {
      const database = await suite.database();
      const image = suite.image(shopFiles({ url: database.url, migrations: modules }));
      assertCode(await run(image, ["--upgrade"], { build }), 0);
      const rows = await database.query("SELECT entry, detail FROM log ORDER BY entry");
      assert.deepEqual(
        rows.map(({ entry }) => entry),
        ["1", "2", "3-0", "4", "5", "6"],
      );
      assert.deepEqual(rows.at(-1)?.["detail"], [
        { entry: "1", detail: { of: "1" } },
        { entry: "2", detail: { of: "2" } },
      ]);
      assert.equal((await appliedIn(database)).length, 7);
    });
  }

  test("one that throws is rolled back with its record; earlier migrations are kept", async () => {
    const database = await suite.database();
    const migrations = {
      "1_a.sql": "CREATE TABLE a ();",
      "2_b.mjs": `export async function up({ query }) {
        await query("CREATE TABLE b ()");
        throw new Error("no more of this");
      }`,
      "3_c.sql": "CREATE TABLE c ();",
    };
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    const { stderr } = await upgrade(image, [], 1);
    assert.match(stderr, /cannot apply migration 2_b \(.*2_b\.mjs:3:15\): no more of this/);
    assert.match(stderr, /applied before it, and kept: 1_a[^]*rolled back: 2_b[^]*not run: 3_c/);
    assert.deepEqual(await tablesOf(database), ["a"]);
    assert.deepEqual(await appliedIn(database), ["1_a"]);
    assert.deepEqual(await releasesIn(database), []);

    // Control: without the throw everything is applied.
    image.write("migrations/2_b.mjs", 'export const up = ({ query }) => query("CREATE TABLE b ()");');
    await upgrade(image);
    assert.deepEqual(await tablesOf(database), ["a", "b", "c"]);
  });

  test("one that continues after a failed statement commits nothing", async () => {
    const database = await suite.database();
    const migrations = {
      "1_a.mjs": `export async function up({ query }) {
        await query("CREATE TABLE a ()");
        await query("SELECT 1 / 0").catch(() => {});
      }`,
    };
    const { stderr } = await upgrade(suite.image(shopFiles({ url: database.url, migrations })), [], 1);
    assert.match(stderr, /1_a\.mjs:3:15\): division by zero \(SQLSTATE 22012\)/);
    assert.match(stderr, /went on after it: current transaction is aborted/);
    assert.deepEqual(await tablesOf(database), []);
  });

  const failing: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
    "a server error": [
      'export const up = ({ query }) => query("SELECT nothing FROM nowhere");',
      /cannot apply migration 1_a \(.*1_a\.mjs:1:34\): relation "nowhere" does not exist \(SQLSTATE 42P01\)/,
    ],
    "a thrown value that is not an Error": ["export const up = () => { throw 'just this'; };", /1_a\.mjs\): just this/],
  };
  for (const [title, [text, message]] of Object.entries(failing)) {
    test(title, async () => {
      const database = await suite.database();
      const image = suite.image(shopFiles({ url: database.url, migrations: { "1_a.mjs": text } }));
      assert.match((await upgrade(image, [], 1)).stderr, message);
      assert.deepEqual(await appliedIn(database), []);
    });
  }
});

describe("a module that cannot be loaded is refused before anything is run", { concurrency: 3 }, () => {
  const unloadable: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
    "no up function": ["export const down = () => {};", /2_b\.mjs exports no function up\. Write `export async/],
    "an up that is not a function": ["export const up = 1;", /2_b\.mjs exports no function up/],
    // Node does not report the place of a syntax error in an ES module.
    "a syntax error": ["export const up = (", /cannot load the migration .*2_b\.mjs: Unexpected end of input/],
    "a missing module": ['import "./nothing.mjs"; export const up = 1;', /cannot load .*2_b\.mjs: .*nothing\.mjs/],
    "an error while loading": [
      'throw new Error("no KEY in the environment"); export const up = 1;',
      /cannot load the migration .*2_b\.mjs:1:7: no KEY in the environment/,
    ],
    "a re-export from a module without up": [
      'export * from "./words/word.mjs";',
      /2_b\.mjs exports no function up\. Write .*move it out of the migrations folder/,
    ],
  };
  for (const [title, [text, message]] of Object.entries(unloadable)) {
    test(title, async () => {
      const database = await suite.database();
      const migrations = {
        "1_a.sql": "CREATE TABLE a ();",
        "2_b.mjs": text,
        "words/word.mjs": "export const word = 1;",
      };
      const hook = ["psql", database.url, "-c", "CREATE TABLE hook ()"];
      const image = suite.image(shopFiles({ url: database.url, migrations, upgrade: { before: [hook] } }));
      assert.match((await upgrade(image, [], 78)).stderr, message);
      assert.deepEqual(await tablesOf(database), []);
      assert.deepEqual(await appliedIn(database), []);
    });
  }

  for (const [name, text] of Object.entries({
    "index.js": "module.exports = { migrations: [] };",
    "utils.js": 'exports.quote = (name) => `"${name}"`;',
    "helpers.cjs": "exports.rows = 100;",
    "types.mjs": "export {};",
  })) {
    test(`${name} beside migrations, which --plan refuses without running it`, async () => {
      const database = await suite.database();
      const migrations = { "001_a.sql": "CREATE TABLE a ();", [name]: `${text} globalThis.process?.exit?.(99);` };
      const image = suite.image(shopFiles({ url: database.url, migrations }));
      const message = new RegExp(`the migration .*/migrations/${name} exports no function up`);
      for (const flag of ["--upgrade", "--plan"]) {
        const ended = await run(image, [flag]);
        assertCode(ended, 78);
        assert.match(ended.stderr, message);
      }
      assert.deepEqual(await tablesOf(database), []);
      // Control: out of the folder.
      image.remove(`migrations/${name}`);
      await upgrade(image);
      assert.deepEqual(await tablesOf(database), ["a"]);
    });
  }

  test("each is loaded once, in order, before the first statement; those that are applied are not loaded", async () => {
    const database = await suite.database();
    const module = (word: string) =>
      `process.stderr.write("loading ${word}\\n"); exports.up = ({ query }) => query("CREATE TABLE ${word} ()");`;
    const migrations = { "1_a.js": module("a"), "2_b.sql": "CREATE TABLE b ();", "3_c.js": module("c") };
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    const { stderr } = await upgrade(image);
    assert.deepEqual(stderr.match(/loading \w/g), ["loading a", "loading c"]);
    assert.match(stderr, /loading c[^]*upgrading shop/);

    const next = { ...migrations, "4_d.js": module("d") };
    const later = suite.image(shopFiles({ url: database.url, version: "1.1.0", migrations: next }));
    assert.deepEqual((await upgrade(later)).stderr.match(/loading \w/g), ["loading d"]);
    assert.deepEqual(await tablesOf(database), ["a", "b", "c", "d"]);
  });
});

describe("queries that a module does not await", { concurrency: 3 }, () => {
  async function apply(text: string, code: number) {
    const database = await suite.database();
    const migrations = { "1_a.js": text, "2_b.sql": "CREATE TABLE b ();" };
    const { stderr } = await upgrade(suite.image(shopFiles({ url: database.url, migrations })), [], code);
    return { database, stderr };
  }

  test("are part of the migration, and so are those that follow them", async () => {
    const { database } = await apply(
      `exports.up = ({ query }) => {
        ["c", "d"].forEach(async (name) => {
          await query("SELECT pg_sleep(0.1)");
          await query("CREATE TABLE " + name + " ()");
        });
      };`,
      0,
    );
    assert.deepEqual(await tablesOf(database), ["b", "c", "d"]);
    // All in one transaction: the tables are as old as the migration's record.
    const rows = await database.query(`SELECT DISTINCT xmin::text FROM (SELECT xmin FROM pg_class
      WHERE relname IN ('c', 'd') UNION ALL SELECT xmin FROM seaworthy.migrations WHERE name = '1_a') AS written`);
    assert.equal(rows.length, 1);
  });

  test("fail the migration, with their place", async () => {
    const { database, stderr } = await apply(
      `exports.up = async ({ query }) => {
        query("CREATE TABLE c ()");
        query("SELECT 1 / 0");
      };`,
      1,
    );
    assert.match(stderr, /cannot apply migration 1_a \(.*1_a\.js:3:9\): division by zero/);
    assert.deepEqual(await tablesOf(database), []);
  });

  test("fail the migration if they are refused", async () => {
    const { database, stderr } = await apply('exports.up = ({ query }) => { query("COMMIT"); };', 1);
    assert.match(stderr, /cannot apply migration 1_a \(.*1_a\.js:1:31\): COMMIT/);
    assert.deepEqual(await tablesOf(database), []);
  });

  test("are refused after the migration has ended", async () => {
    const { stderr } = await apply(
      `exports.up = ({ query }) => {
        setImmediate(() => query("CREATE TABLE c ()").catch(() => {}));
      };`,
      1,
    );
    assert.match(stderr, /sent a statement after it had ended\. Await every query/);
  });
});
