import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { run, upgrade } from "../../fixtures/upgrade/shop.ts";
import {
  applied,
  inMode,
  journalModes,
  releases,
  shopOn,
  sqliteFile,
  tables,
  type SqliteFile,
} from "../../fixtures/upgrade/sqlite.ts";
import { openSuite } from "../../harness/leaks.ts";
import { scratchPath } from "../../harness/scratch.ts";

const suite = openSuite();
after(() => suite.end());

const three = {
  "1_a.sql": "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\nINSERT INTO a VALUES (1, 'it''s; one');",
  "2_b.sql":
    "-- seaworthy: no-transaction\nINSERT INTO a VALUES (2, 'two');\nVACUUM;\nCREATE INDEX a_name ON a (name);",
  "3_c.mjs": `export async function up({ query }) {
    const [row] = await query("SELECT count(*) AS n FROM a WHERE id <= $1", [2]);
    await query("INSERT INTO a (name, id) VALUES ($2, $1)", [row.n + 1, "three"]);
  }`,
};

const beside = ({ path }: SqliteFile) => readdirSync(dirname(path)).toSorted();

for (const mode of journalModes) {
  describe(`a database in mode ${mode}`, () => {
    test("is planned, upgraded once, and then compatible", async () => {
      const file = inMode(mode);
      const image = shopOn(suite, file, { migrations: three });
      assert.match((await run(image, ["--status"])).stdout, /behind/);
      const plan = await run(image, ["--plan"]);
      assert.equal(plan.code, 3, plan.stderr);
      assert.match(
        plan.stdout,
        /3 to apply\n {2}in {9}SQLite at \S+ as user \d+ [^]*1_a [^]*2_b .*no transaction[^]*3_c/,
      );
      assert.deepEqual(tables(file), ["app", "large"]);

      const { stderr } = await upgrade(image);
      assert.match(stderr, /applied 1_a [^]*applied 2_b [^]*applied 3_c [^]*upgraded shop to 1\.0\.0/);
      assert.deepEqual(applied(file), ["1_a", "2_b", "3_c"]);
      assert.deepEqual(releases(file), ["shop@1.0.0"]);
      assert.deepEqual(file.list("SELECT name FROM a ORDER BY id"), ["it's; one", "two", "three"]);
      assert.deepEqual(file.list("PRAGMA journal_mode"), [mode]);
      assert.deepEqual(file.list("SELECT * FROM seaworthy_migrations_steps"), []);

      assert.match((await upgrade(image)).stderr, /nothing to do/);
      assert.equal((await run(image, ["--plan"])).code, 0);
      const status = await run(image, ["--status"]);
      assert.equal(status.code, 0, status.stdout);
    });

    test("looks and plans write nothing, and create no file", async () => {
      const file = inMode(mode);
      const image = shopOn(suite, file, { migrations: three });
      const before = beside(file);
      for (const argv of ["--status", "--plan"]) await run(image, [argv]);
      assert.deepEqual(beside(file), before);
      await upgrade(image);
      const upgraded = beside(file);
      for (const argv of ["--status", "--plan", "--upgrade"]) await run(image, [argv]);
      assert.deepEqual(beside(file), upgraded);
      assert.deepEqual(
        upgraded.filter((name) => !before.includes(name)).map((name) => name.replace(/.*app\.db/, "app.db")),
        ["app.db-seaworthy-instances", "app.db-seaworthy-lock"],
      );
    });
  });
}

test("a missing file is not created by a look or a plan, and is created by an upgrade", async () => {
  const file = sqliteFile();
  const image = shopOn(suite, file, { migrations: three });
  const status = await run(image, ["--status"]);
  assert.equal(status.code, 1);
  assert.match(status.stdout, /unreachable/);
  assert.equal((await run(image, ["--plan"])).code, 3);
  assert.equal(existsSync(file.path), false);
  const { stderr } = await upgrade(image);
  assert.match(stderr, /warning: the SQLite database \S+ does not exist: it is created/);
  assert.deepEqual(applied(file), ["1_a", "2_b", "3_c"]);
});

test("a missing folder is waited for, and then 69", async () => {
  const file = sqliteFile(join(scratchPath("volume"), "app.db"));
  const image = shopOn(suite, file, { migrations: three, upgrade: { connectTimeoutSeconds: 0.5 } });
  const { stderr } = await upgrade(image, [], 69);
  assert.match(stderr, /its folder \S+volume does not exist\. Check `url:` and the volume/);
  mkdirSync(dirname(file.path));
  await upgrade(image);
});

test("a URL that may mean two missing files is refused, and control: a folder makes it clear", async () => {
  const image = shopOn(
    suite,
    { url: "sqlite:///app.db" },
    { migrations: three, upgrade: { connectTimeoutSeconds: 0 } },
  );
  const { stderr } = await upgrade(image, [], 69);
  assert.match(stderr, /the URL may mean \/app\.db or \S+\/app\.db\. Write sqlite: and the absolute path/);
  image.write("data/readme", "");
  const clear = shopOn(suite, { url: "sqlite:///nodata/app.db" }, { migrations: three });
  mkdirSync(join(clear.folder, "nodata"));
  await upgrade(clear);
  assert.equal(existsSync(join(clear.folder, "nodata/app.db")), true);
});

test("an existing database is adopted with --baseline, and only later migrations are applied", async () => {
  const file = sqliteFile();
  file.execute(three["1_a.sql"]);
  const image = shopOn(suite, file, { migrations: three });
  const ended = await run(image, ["--baseline", "1_a"]);
  assert.equal(ended.code, 0, ended.stderr);
  await upgrade(image);
  assert.deepEqual(applied(file), ["1_a", "2_b", "3_c"]);
  const again = await run(image, ["--baseline", "1_a"]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /3 migrations are recorded in it already/);
});

test("a changed file is refused, and accepted with --accept-drift", async () => {
  const file = sqliteFile();
  const image = shopOn(suite, file, { migrations: three });
  await upgrade(image);
  image.write("migrations/1_a.sql", "CREATE TABLE other (id);");
  image.write("migrations/4_d.sql", "CREATE TABLE d (id);");
  const { stderr } = await upgrade(image, [], 78);
  assert.match(stderr, /1_a/);
  assert.deepEqual(tables(file), ["a"]);
  await upgrade(image, ["--accept-drift", "1_a"]);
  assert.deepEqual(tables(file), ["a", "d"]);
});

test("programs are migrations here too", async () => {
  const file = sqliteFile();
  const image = shopOn(suite, file, { migrations: { "1_a.sql": "CREATE TABLE a (id);" } });
  image.writeProgram("migrations/2_topic.sh", `#!/bin/sh\necho "$DATABASE_URL" > topic\n`);
  await upgrade(image);
  assert.deepEqual(applied(file), ["1_a", "2_topic"]);
});

test("a contract migration sets the floor: an older app is outgrown", async () => {
  const file = sqliteFile();
  const newer = shopOn(suite, file, {
    version: "2.0.0",
    migrations: {
      "1_a.sql": "CREATE TABLE a (id, old);",
      "2_b.sql": "-- seaworthy: contract 2.0.0\nALTER TABLE a DROP COLUMN old;",
    },
  });
  await upgrade(newer);
  const older = shopOn(suite, file, { version: "1.0.0", migrations: { "1_a.sql": "CREATE TABLE a (id, old);" } });
  const { stdout, code } = await run(older, ["--status"]);
  assert.equal(code, 1);
  assert.match(stdout, /outgrown/);
});

test("a dependency of kind release reads the recorded release", async () => {
  const file = sqliteFile();
  const settings = {
    dependencies: { schema: { kind: "schema", url: file.url }, self: { kind: "release", url: file.url } },
  };
  const image = shopOn(suite, file, { migrations: three, settings });
  await upgrade(image);
  const { stdout, code } = await run(image, ["--status"]);
  assert.equal(code, 0, stdout);
  const newer = shopOn(suite, file, { version: "1.1.0", migrations: three, settings });
  assert.match((await run(newer, ["--status"])).stdout, /self +release +>=1\.1\.0 +1\.0\.0 +behind/);
});
