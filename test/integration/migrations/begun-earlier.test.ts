import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { run, upgrade } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import { appliedIn, tablesOf } from "../upgrade/upgrading.ts";
import {
  assertFinished,
  assertRefused,
  begin,
  configurationOf,
  failing,
  noTransaction,
  type Begun,
} from "./begin-migration.ts";

const suite = openSuite();
after(() => suite.end());

describe("a migration that was begun by an earlier version, which recorded only a number", { concurrency: 3 }, () => {
  async function beginLongAgo(): Promise<Begun> {
    const begun = await begin(suite, `CREATE TABLE a1 (); ${failing}`);
    await begun.database.query("DROP TABLE seaworthy.migrations_steps");
    return begun;
  }

  test("resumes if the file is unchanged", async () => {
    const begun = await beginLongAgo();
    await begun.database.query("CREATE TABLE nosuch ()");
    await upgrade(begun.image);
    await assertFinished(begun, ["a1", "nosuch"]);
  });

  test("is refused if the file has changed, and resumes once that is accepted", async () => {
    const begun = await beginLongAgo();
    begun.write("CREATE TABLE b1 (); CREATE TABLE a2 ();");
    await assertRefused(
      begun,
      /its first statement is done, and the file has been changed since, and the version of seaworthy that began it did not record/,
    );
    begun.write("CREATE TABLE a1 (); CREATE TABLE a2 ();");
    await upgrade(begun.image, ["--accept-drift", "1_steps"]);
    await assertFinished(begun, ["a1", "a2"]);
  });

  test("and continued by it later: the record has too few statements", async () => {
    const begun = await begin(suite, `CREATE TABLE a1 (); ${failing}`);
    await begun.database.query("CREATE TABLE a2 (); UPDATE seaworthy.migrations SET statements = 2");
    begun.write("CREATE TABLE a1 (); CREATE TABLE a2 (); SELECT 1;");
    await assertRefused(begun, /its first 2 statements are done, and the file has been changed/);
  });
});

describe("a migration that was begun, and whose file is missing", { concurrency: 3 }, () => {
  test("replaced by JavaScript of the same name: refused, because that would run it from its beginning", async () => {
    const begun = await begin(suite, `CREATE TABLE a1 (); ${failing}`);
    begun.image.remove("migrations/1_steps.sql");
    begun.image.write("migrations/1_steps.js", "exports.up = () => {};");
    await assertRefused(begun, /1_steps\.js: .* its first statement is done\. Put the SQL file back in place of/);
  });

  test("renamed: refused, and resumed under the new name once that is accepted", async () => {
    const begun = await begin(suite, `CREATE TABLE a1 (); ${failing}`);
    begun.image.remove("migrations/1_steps.sql");
    begun.image.write("migrations/1_others.sql", noTransaction(`CREATE TABLE a1 (); ${failing}`));
    const { stderr } = await upgrade(begun.image, [], 78);
    assert.match(stderr, /1_steps was renamed to 1_others after it was begun\. .* --accept-drift 1_others/);
    await upgrade(begun.image, ["--accept-drift", "1_others"], 1);
    begun.image.write("migrations/1_others.sql", noTransaction("CREATE TABLE b1 (); SELECT 1"));
    assert.match((await upgrade(begun.image, [], 78)).stderr, /1_others was begun, .* statement 1 has been changed/);
    begun.image.write("migrations/1_others.sql", noTransaction("CREATE TABLE a1 (); CREATE TABLE a2 ();"));
    await upgrade(begun.image);
    assert.deepEqual(await appliedIn(begun.database), ["1_others"]);
    await assertFinished(begun, ["a1", "a2"]);
  });

  for (const [title, version] of [
    ["with a version", "1.0.1"],
    ["without one", undefined],
  ] as const) {
    test(`renamed and changed, in an image ${title}: refused, and forgotten once that is accepted`, async () => {
      const app = version === undefined ? { name: "shop" } : { name: "shop", version };
      const begun = await begin(
        suite,
        `INSERT INTO a1 VALUES (1); ${failing}`.replace(/^/, "CREATE TABLE IF NOT EXISTS a1 (b int);"),
        {
          settings: { app },
        },
      );
      begun.image.remove("migrations/1_steps.sql");
      begun.image.write("migrations/2_new.sql", "INSERT INTO a1 VALUES (2);");
      const { stderr } = await upgrade(begun.image, [], 78);
      assert.match(
        stderr,
        /1_steps was begun and not finished, and its file is not in this image\. .* --accept-drift 1_steps/,
      );
      assert.equal((await begun.database.query("SELECT FROM a1")).length, 1);
      await upgrade(begun.image, ["--accept-drift", "1_steps"]);
      assert.deepEqual(await appliedIn(begun.database), ["2_new"]);
      assert.equal((await run(begun.image, ["--status"])).code, 0);
    });
  }

  test("control: an older image ignores a migration that a newer image has begun", async () => {
    const begun = await begin(suite, `CREATE TABLE a1 (); ${failing}`, { version: "2.0.0" });
    begun.image.remove("migrations/1_steps.sql");
    begun.image.write("migrations/0_old.sql", "CREATE TABLE old ();");
    begun.image.write("seaworthy.yaml", configurationOf(begun.database, "1.0.0"));
    const { code, stderr } = await run(begun.image, ["--upgrade"]);
    assert.doesNotMatch(stderr, /begun and not finished/);
    assert.deepEqual(await tablesOf(begun.database), ["a1", "old"], `${code} ${stderr}`);
  });
});
