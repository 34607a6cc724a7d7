import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openSession } from "../../fixtures/upgrade/session.ts";
import { assertCode, run } from "../../fixtures/upgrade/shop.ts";
import { tool } from "../../fixtures/upgrade/tool.ts";
import { configuration, type ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { migrations, nameOf, runWith } from "./two-urls.ts";
import { appliedIn, releasesIn } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

describe("a health check's database that the upgrade cannot reach", () => {
  test("is only a warning: a network policy may allow the app more than the upgrade", async () => {
    const database = await suite.database();
    const urls = { health: "postgres://shop:story-secret@127.0.0.1:1/shop", upgrade: database.url };
    const { stderr } = await runWith(suite, urls, ["--upgrade"], 0);
    assert.match(
      stderr,
      /warning: cannot check that the health check reads the database that is upgraded \(DATABASE_URL\): cannot reach/,
    );
    assert.deepEqual(await appliedIn(database), ["1_a"]);
  });
});

describe("an upgrade and a health check that use different schemas of one database", () => {
  test('with another tool\'s history: exit 1, and never "nothing to do"', async () => {
    const database = await suite.database();
    await database.query("CREATE SCHEMA other");
    const health = `${database.url}?options=-csearch_path%3Dother`;
    const files: ImageFiles = {
      ...configuration({
        app: { name: "shop", version: "1.0.0" },
        dependencies: { schema: { kind: "schema", url: health, history: "umzug" } },
        upgrade: { url: database.url, migrate: tool, verifySeconds: 0.3 },
      }),
      "migrations/1_a.sql": migrations["1_a.sql"],
    };
    const image = suite.image(files);
    const first = await run(image, ["--upgrade"]);
    assertCode(first, 1);
    assert.match(
      first.stderr,
      /warning: the upgrade \(upgrade\.url in .*\) creates tables in public, but the app \(.*\) looks for them in other first/,
    );
    assert.match(
      first.stderr,
      /dependencies\.schema is still behind: 1 migration is not applied: 1_a\. This is what the health check sees \(.*\) after 0\.3 s\. .*search_path/,
    );
    assert.deepEqual(await releasesIn(database), []);
    const again = await run(image, ["--upgrade"]);
    assertCode(again, 1);
    const plan = await run(image, ["--plan"]);
    assert.doesNotMatch(plan.stdout + again.stderr, /nothing to do/);
    // Control: both use the schema of the tool.
    await database.query(`ALTER TABLE "SequelizeMeta" SET SCHEMA other; ALTER TABLE a SET SCHEMA other`);
    image.write(
      "seaworthy.yaml",
      files["seaworthy.yaml"]?.toString().replace(JSON.stringify(database.url), JSON.stringify(health)) ?? "",
    );
    assertCode(await run(image, ["--upgrade"]), 0);
  });
});

describe("a health check that cannot read the history", () => {
  test("without the right: exit 1 with the GRANT; afterwards it works", async () => {
    const database = await suite.database();
    const role = `${nameOf(database)}_app`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'change-me'`);
    const health = database.urlWith({ user: role, password: "change-me" });
    const image = suite.image({
      ...configuration({
        app: { name: "shop", version: "1.0.0" },
        dependencies: { schema: { kind: "schema", url: health, history: "umzug" } },
        upgrade: { url: database.url, migrate: tool, verifySeconds: 0.3 },
      }),
      "migrations/1_a.sql": migrations["1_a.sql"],
    });
    const refused = await run(image, ["--upgrade"]);
    assertCode(refused, 1);
    assert.match(refused.stderr, /dependencies\.schema is still unreadable: permission denied .*Grant the app's role/);
    assert.deepEqual(await releasesIn(database), []);
    await database.query(`GRANT SELECT ON "SequelizeMeta" TO ${role}`);
    assertCode(await run(image, ["--upgrade"]), 0);
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  test("because the table is locked: the upgrade waits, then exits 75", async () => {
    const database = await suite.database();
    const urls = { health: `${database.url}?options=-cwork_mem%3D1MB`, upgrade: database.url };
    await runWith(suite, urls, ["--upgrade"], 0);
    await using other = await openSession(database, "other");
    await other.query("BEGIN; LOCK TABLE seaworthy.migrations");
    await runWith(suite, urls, ["--upgrade"], 75);
    await other.query("ROLLBACK");
    await runWith(suite, urls, ["--upgrade"], 0);
  });
});
