import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openSession } from "../../fixtures/upgrade/session.ts";
import { run, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { tool } from "../../fixtures/upgrade/tool.ts";
import type { TestDatabase } from "../../harness/database.ts";
import { configuration, type Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { waitFor } from "../../harness/wait.ts";
import { closeGate, lockHolder, passGate, releasesIn, tablesOf, waitForArrival } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

interface AppOptions {
  readonly migrations?: Readonly<Record<string, string>>;
  readonly upgrade?: object;
}

const twoTables = { "1_a.sql": "CREATE TABLE a ();", "2_b.sql": "CREATE TABLE b ();" };

/** An app whose database umzug migrates. */
function appOn(
  database: TestDatabase,
  { migrations = twoTables, upgrade = { migrate: tool } }: AppOptions = {},
): Image {
  const files = Object.entries(migrations).map(([name, sql]) => [`migrations/${name}`, sql]);
  return suite.image({
    ...configuration({
      app: { name: "shop", version: "1.0.0" },
      dependencies: { schema: { kind: "schema", url: database.url, history: "umzug" } },
      upgrade,
    }),
    ...(Object.fromEntries(files) as Record<string, string>),
  });
}

const recordedIn = async (database: TestDatabase) =>
  (await database.query(`SELECT name FROM "SequelizeMeta" ORDER BY 1`)).map(({ name }) => name);

describe("upgrade.migrate, the app's own tool", { concurrency: 3 }, () => {
  test("runs once between the hooks if a migration is pending; then the release is recorded", async () => {
    const database = await suite.database();
    const image = appOn(database, {
      upgrade: { before: [["echo", "early"]], migrate: tool, after: [["echo", "late"]] },
    });
    const before = await run(image, ["--status"]);
    assert.equal(before.code, 1, before.stdout);
    assert.match(before.stdout, /behind/);
    const plan = await run(image, ["--plan"]);
    assert.equal(plan.code, 3, plan.stderr);
    assert.match(plan.stdout, /dependencies\.schema: 2 to apply by upgrade\.migrate\n +1_a\n +2_b\n/);

    const { stderr } = await upgrade(image);
    assert.match(stderr, /\[echo\] early\n[^]*the tool applied 2\n[^]*\[echo\] late\n[^]*upgraded shop to 1\.0\.0/);
    assert.deepEqual(await recordedIn(database), ["1_a.sql", "2_b.sql"]);
    assert.deepEqual(await releasesIn(database), ["shop@1.0.0"]);
    assert.equal((await run(image, ["--status"])).code, 0);

    const again = await upgrade(image);
    assert.match(again.stderr, /nothing to do/);
    assert.doesNotMatch(again.stderr, /the tool|early|late/);
    image.write("migrations/3_c.sql", "CREATE TABLE c ();");
    assert.match((await upgrade(image)).stderr, /the tool applied 1\n/);
  });

  test("runs under the lock: a second upgrade waits, and finds nothing to do", async () => {
    const database = await suite.database();
    const gate = await closeGate(database);
    const image = appOn(database, { migrations: { ...twoTables, "3_slow.sql": passGate } });
    const first = start(image, ["--upgrade"]);
    await waitForArrival(database);
    assert.notEqual(await lockHolder(database), undefined);
    const second = start(image, ["--upgrade"]);
    await second.waitForOutput("waiting for the upgrade lock, held by seaworthy upgrade lock shop@1.0.0");
    await gate.release();
    const ends = [await first.ended, await second.ended];
    assert.deepEqual(
      ends.map(({ code }) => code),
      [0, 0],
    );
    assert.match(ends[1]?.stderr ?? "", /nothing to do: another upgrade has just done it/);
    assert.doesNotMatch(ends[1]?.stderr ?? "", /the tool/);
  });

  test("that exits 0 but leaves a migration pending is a failure, and no release is recorded", async () => {
    const database = await suite.database();
    const { stderr } = await upgrade(appOn(database, { upgrade: { migrate: ["true"] } }), [], 1);
    const message =
      /upgrade\.migrate \(true\) exited 0, but 2 migrations of dependencies\.schema are still pending: 1_a, 2_b\. Does it run in the right database\?/;
    assert.match(stderr, message);
    assert.deepEqual(await releasesIn(database), []);
  });

  test("that fails makes the upgrade fail; its applied migrations are kept, and the next run continues", async () => {
    const database = await suite.database();
    const migrations = { ...twoTables, "2_b.sql": "SELECT broken;" };
    const image = appOn(database, { migrations, upgrade: { migrate: tool, onFailure: [["echo", "alarm"]] } });
    const { stderr } = await upgrade(image, [], 1);
    assert.match(stderr, /upgrade\.migrate \(.*\) failed with exit code 1[^]*/);
    assert.match(stderr, /\[echo\] alarm/);
    assert.deepEqual([await recordedIn(database), await releasesIn(database)], [["1_a.sql"], []]);
    image.write("migrations/2_b.sql", twoTables["2_b.sql"]);
    await upgrade(image);
    assert.deepEqual(await recordedIn(database), ["1_a.sql", "2_b.sql"]);
  });

  test("is ended by SIGTERM with 143", async () => {
    const database = await suite.database();
    const program = start(appOn(database, { upgrade: { migrate: ["sleep", "1000"] } }), ["--upgrade"]);
    await program.waitForOutput("running upgrade.migrate");
    await program.signal("SIGTERM");
    assert.equal((await program.ended).code, 143);
    assert.deepEqual(await releasesIn(database), []);
  });

  test("is required if another tool's migrations are pending", async () => {
    const database = await suite.database();
    const { stderr } = await upgrade(appOn(database, { upgrade: {} }), [], 78);
    assert.match(
      stderr,
      /2 migrations of dependencies\.schema belong to another tool: 1_a, 2_b\. Set upgrade\.migrate/,
    );
    assert.deepEqual(await tablesOf(database), []);
  });
});

test("history: auto finds the app's tool; seaworthy's own history is refused, with the fix", async () => {
  const database = await suite.database();
  const files = (settings: object, migrations: object) => ({
    ...configuration({
      app: { name: "shop", version: "1.0.0" },
      dependencies: { schema: { kind: "schema", url: database.url, ...settings } },
    }),
    ...migrations,
  });
  const plain = { "migrations/0001_a.sql": "CREATE TABLE a ();" };
  const ambiguous = await run(suite.image(files({ history: "auto" }, plain)), ["--status"]);
  assert.match(ambiguous.stdout, /cannot tell which migration tool is meant: .*seaworthy/);
  await upgrade(suite.image(files({}, plain)));
  const own = await upgrade(suite.image(files({ history: "auto" }, plain)), [], 78);
  assert.match(
    own.stderr,
    /dependencies\.schema\.history: auto is for other tools.* Leave dependencies\.schema\.history out/,
  );

  await database.query("CREATE TABLE schema_migrations (version varchar PRIMARY KEY)");
  const dbmate = { "migrations/0001_a.sql": "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\n" };
  const found = await run(suite.image(files({ history: "auto" }, dbmate)), ["--status"]);
  assert.match(found.stderr, /found dbmate: 1 migration in .*, and its table public\.schema_migrations/);
});

describe("a server that ends idle sessions", { concurrency: 2 }, () => {
  for (const [title, options] of [
    ["a tool", { upgrade: { migrate: ["sh", "-c", `sleep 0.7; ${tool.join(" ")}; sleep 0.7`] } }],
    ["hooks", { upgrade: { before: [["sleep", "0.7"]], migrate: tool, after: [["sleep", "0.7"]] } }],
  ] as const) {
    test(`does not end the upgrade's session while ${title} takes longer than its limit`, async () => {
      const database = await suite.database();
      const name = new URL(database.url).pathname.slice(1);
      await database.query(`ALTER DATABASE ${name} SET idle_session_timeout = '300ms'`);
      const control = await openSession(database, "control");
      await upgrade(appOn(database, options));
      assert.deepEqual(await releasesIn(database), ["shop@1.0.0"]);
      await waitFor("the control to be ended", async () =>
        control.query("SELECT 1").then(
          () => false,
          () => true,
        ),
      );
    });
  }
});
