import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { TestDatabase } from "../../harness/database.ts";
import type { Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { run, shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, tablesOf } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const files = {
  "1_a.sql": "CREATE TABLE a (\n  id int\n);\n",
  "2_b.sql": "CREATE TABLE b ();\n",
  "3_c.mjs": 'export const up = ({ query }) =>\n  query("CREATE TABLE c ()");\n',
};

interface Upgraded {
  readonly database: TestDatabase;
  /** An image of the next version. */
  readonly next: Image;
}

/** Version 1.0.0 is applied. 2.0.0 has one more migration. */
async function upgraded(version = "2.0.0"): Promise<Upgraded> {
  const database = await suite.database();
  await upgrade(suite.image(shopFiles({ url: database.url, migrations: files })));
  const migrations = { ...files, "4_d.sql": "CREATE TABLE d ();" };
  return { database, next: suite.image(shopFiles({ url: database.url, version, migrations })) };
}

async function assertRefused({ database, next }: Upgraded, message: RegExp): Promise<void> {
  const { stderr } = await upgrade(next, [], 78);
  assert.match(stderr, message);
  assert.match(stderr, /nothing was changed/);
  assert.deepEqual(await tablesOf(database), ["a", "b", "c"]);
}

async function assertCompleted({ database, next }: Upgraded): Promise<void> {
  assert.deepEqual(await tablesOf(database), ["a", "b", "c", "d"]);
  assert.match((await upgrade(next)).stderr, /nothing to do/);
}

describe("a migration that was applied", { concurrency: 4 }, () => {
  test("control: unchanged is no drift", async () => {
    const scene = await upgraded();
    await upgrade(scene.next);
    await assertCompleted(scene);
  });

  test("changed: refused by name, and accepted by name", async () => {
    const scene = await upgraded();
    scene.next.write("migrations/2_b.sql", "CREATE TABLE b (id int);\n");
    await assertRefused(scene, /2_b was changed after it was applied\. .* --upgrade --accept-drift 2_b/);
    const { stderr } = await upgrade(scene.next, ["--accept-drift", "2_b"]);
    assert.match(stderr, /accepted that 2_b is changed/);
    await assertCompleted(scene);
  });

  test("a changed module is found as well", async () => {
    const scene = await upgraded();
    scene.next.write("migrations/3_c.mjs", `${files["3_c.mjs"]}// more`);
    await assertRefused(scene, /3_c was changed/);
  });

  test("renamed: refused with both names, and accepted by the new one", async () => {
    const scene = await upgraded();
    scene.next.remove("migrations/2_b.sql");
    scene.next.write("migrations/2_bb.sql", files["2_b.sql"]);
    await assertRefused(scene, /2_b was renamed to 2_bb after it was applied\. .* --accept-drift 2_bb/);
    await upgrade(scene.next, ["--accept-drift", "2_bb"]);
    assert.deepEqual(await appliedIn(scene.database), ["1_a", "2_bb", "3_c", "4_d"]);
    await assertCompleted(scene);
  });

  test("missing: refused, and accepted by name for all later upgrades", async () => {
    const scene = await upgraded();
    scene.next.remove("migrations/2_b.sql");
    await assertRefused(scene, /2_b was applied, but its file is not in this image\. .* --accept-drift 2_b/);
    await upgrade(scene.next, ["--accept-drift", "2_b"]);
    await assertCompleted(scene);
    scene.next.write("migrations/5_e.sql", "SELECT 1");
    await upgrade(scene.next);
  });

  test("several at once: each is named, and each must be accepted", async () => {
    const scene = await upgraded();
    scene.next.write("migrations/1_a.sql", "CREATE TABLE a ();");
    scene.next.remove("migrations/2_b.sql");
    await assertRefused(scene, /1_a was changed[^]*2_b was applied, but/);
    const { stderr } = await upgrade(scene.next, ["--accept-drift", "1_a"], 78);
    assert.doesNotMatch(stderr, /1_a/);
    assert.match(stderr, /2_b/);
    await upgrade(scene.next, ["--accept-drift", "1_a", "--accept-drift", "2_b"]);
    await assertCompleted(scene);
  });

  test("other line endings or a byte order mark are no drift", async () => {
    const scene = await upgraded();
    for (const [path, text] of Object.entries(files)) {
      scene.next.write(`migrations/${path}`, `\uFEFF${text.replaceAll("\n", "\r\n")}`);
    }
    await upgrade(scene.next);
    await assertCompleted(scene);
  });

  test("of a newer release is ignored by an older image", async () => {
    const scene = await upgraded();
    await upgrade(scene.next);
    const migrations = { ...files, "2_hotfix.sql": "CREATE TABLE hotfix ();" };
    const older = suite.image(shopFiles({ url: scene.database.url, version: "1.0.1", migrations }));
    await upgrade(older);
    assert.deepEqual(await tablesOf(scene.database), ["a", "b", "c", "d", "hotfix"]);
  });

  test("is shown by --plan as a refusal", async () => {
    const { next } = await upgraded();
    next.write("migrations/2_b.sql", "CREATE TABLE b (id int);");
    const { code, stdout } = await run(next, ["--plan"]);
    assert.equal(code, 3);
    assert.match(stdout, /REFUSED: 2_b was changed after it was applied/);
    const json = JSON.parse((await run(next, ["--plan", "--json"])).stdout) as { readonly drift: unknown };
    assert.deepEqual(json.drift, [{ kind: "changed", name: "2_b" }]);
  });
});

describe("drift with nothing to apply", { concurrency: 2 }, () => {
  test("can be accepted at once", async () => {
    const database = await suite.database();
    const image = suite.image(shopFiles({ url: database.url, migrations: files }));
    await upgrade(image);
    image.write("migrations/2_b.sql", "CREATE TABLE b (id int);");
    assert.match((await upgrade(image, ["--accept-drift", "2_b"])).stderr, /accepted that 2_b is changed/);
    image.write("migrations/4_d.sql", "CREATE TABLE d ();");
    await upgrade(image);
  });

  test("is refused in an image without a version, which has no release to compare", async () => {
    const database = await suite.database();
    const image = suite.image({
      ...shopFiles({ url: database.url, migrations: files, settings: { app: { name: "shop" } } }),
    });
    await upgrade(image);
    assert.match((await upgrade(image)).stderr, /nothing to do/);
    image.write("migrations/2_b.sql", "CREATE TABLE b (id int);");
    assert.match((await upgrade(image, [], 78)).stderr, /2_b was changed/);
    await upgrade(image, ["--accept-drift", "2_b"]);
    assert.match((await upgrade(image)).stderr, /nothing to do/);
  });
});

describe("--baseline", { concurrency: 3 }, () => {
  const existing = "CREATE TABLE a (id int); CREATE TABLE b ()";

  test("adopts an existing database: migrations up to the name do not run, later ones do", async () => {
    const database = await suite.database();
    await database.query(existing);
    const image = suite.image(shopFiles({ url: database.url, migrations: files }));
    const { code, stderr } = await run(image, ["--baseline", "2_b"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /recorded 2 migrations as applied, up to 2_b/);
    assert.deepEqual(await appliedIn(database), ["1_a", "2_b"]);
    assert.deepEqual(await tablesOf(database), ["a", "b"]);
    await upgrade(image);
    assert.deepEqual(await appliedIn(database), ["1_a", "2_b", "3_c"]);
    assert.deepEqual(await tablesOf(database), ["a", "b", "c"]);

    image.write("migrations/1_a.sql", "changed");
    image.write("migrations/4_d.sql", "SELECT 1");
    assert.match((await upgrade(image, [], 78)).stderr, /1_a was changed/);
  });

  test("control: without it the first migration fails because its table exists", async () => {
    const database = await suite.database();
    await database.query(existing);
    const image = suite.image(shopFiles({ url: database.url, migrations: files }));
    assert.match((await upgrade(image, [], 1)).stderr, /1_a.*already exists \(SQLSTATE 42P07\)/);
  });

  test("refuses if migrations are already recorded", async () => {
    const { database, next } = await upgraded();
    const { code, stderr } = await run(next, ["--baseline", "4_d"]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /3 migrations are recorded in it already/);
    assert.deepEqual(await appliedIn(database), ["1_a", "2_b", "3_c"]);
  });

  test("refuses a name that is not in the image, and creates no table", async () => {
    const database = await suite.database();
    const image = suite.image(shopFiles({ url: database.url, migrations: files }));
    const { code, stderr } = await run(image, ["--baseline", "2_b.sql"]);
    assert.equal(code, 64, stderr);
    assert.match(stderr, /there is no migration "2_b\.sql" in this image/);
    assert.deepEqual(await database.query("SELECT to_regnamespace('seaworthy') AS schema"), [{ schema: null }]);
  });
});
