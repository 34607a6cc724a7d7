import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { assertCode, run, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { tool } from "../../fixtures/upgrade/tool.ts";
import type { TestDatabase } from "../../harness/database.ts";
import { configuration, type Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { appliedIn, releasesIn } from "./upgrading.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());
const twoTables = { "1_a.sql": "CREATE TABLE a (id int);", "2_b.sql": "CREATE TABLE b (id int);" };

interface AppOptions {
  /** The Postgres that has the lock and the record. */
  readonly ledger: TestDatabase;
  /** The database that umzug migrates. */
  readonly url: string;
  readonly upgrade?: object;
  readonly dependencies?: object;
}

/** An app whose schema is not in Postgres. */
function appOn({ ledger, url, upgrade: settings = { migrate: tool }, dependencies = {} }: AppOptions): Image {
  const files = Object.entries(twoTables).map(([name, sql]) => [`migrations/${name}`, sql]);
  return suite.image({
    ...configuration({
      app: { name: "shop", version: "1.0.0" },
      dependencies: { orders: { kind: "schema", url, history: "umzug" }, ...dependencies },
      upgrade: { ledger: ledger.url, verifySeconds: 0.5, ...settings },
    }),
    ...(Object.fromEntries(files) as Record<string, string>),
  });
}

/** The interface to each engine. */
interface Engine {
  readonly title: string;
  readonly skip: string | undefined;
  /** Creates an empty database, with functions that read and change its rows. */
  readonly create: () => Promise<{ readonly url: string; readonly change: (sql: string) => Promise<void> }>;
}

let made = 0;

const engines: readonly Engine[] = [
  {
    title: "MariaDB",
    skip: lacksMariadb(),
    async create() {
      const name = `shop_${++made}`;
      const { run: ask, url } = mariadb();
      await ask(`CREATE DATABASE ${name}`);
      return {
        url: url.replace(/shop$/, name),
        change: (sql) => ask(`USE ${name}; ${sql.replaceAll('"', "`")}`),
      };
    },
  },
  {
    title: "SQLite",
    skip: undefined,
    async create() {
      // The tool creates the file.
      const path = scratchPath("app.db");
      return {
        url: `sqlite:${path}`,
        async change(sql) {
          const database = new DatabaseSync(path);
          database.exec(sql);
          database.close();
        },
      };
    },
  },
];

for (const { title, skip, create } of engines) {
  describe(`a schema in ${title}, with the lock in Postgres`, { skip: skip ?? false, concurrency: 2 }, () => {
    test("is behind: --plan lists it, its tool runs once with its URL, and the release is recorded", async () => {
      const [ledger, { url }] = [await suite.database(), await create()];
      const image = appOn({ ledger, url });
      const plan = await run(image, ["--plan"]);
      assert.equal(plan.code, 3, plan.stderr);
      assert.match(plan.stdout, /dependencies\.orders: 2 to apply by upgrade\.migrate\n +1_a\n +2_b\n/);
      const { stderr } = await upgrade(image);
      assert.match(stderr, /upgrading shop to 1\.0\.0: 2 to apply[^]*the tool applied 2\n[^]*upgraded shop/);
      assert.deepEqual(await releasesIn(ledger), ["shop@1.0.0"]);
      assert.equal((await run(image, ["--status"])).code, 0);
      assert.equal((await run(image, ["--plan"])).code, 0);
      const again = await upgrade(image);
      assert.match(again.stderr, /nothing to do/);
      assert.doesNotMatch(again.stderr, /the tool/);
    });

    test("is behind although the release is recorded: it is still migrated", async () => {
      const [ledger, { url, change }] = [await suite.database(), await create()];
      const image = appOn({ ledger, url });
      await upgrade(image);
      // The state after restoring a backup.
      await change(`DELETE FROM "SequelizeMeta" WHERE name = '2_b.sql'; DROP TABLE b`);
      assert.equal((await run(image, ["--plan"])).code, 3);
      assert.match((await upgrade(image)).stderr, /the tool applied 1\n/);
      assert.equal((await run(image, ["--status"])).code, 0);
    });

    test("is left behind by its tool: exit 1, and no release is recorded", async () => {
      const [ledger, { url }] = [await suite.database(), await create()];
      const { stderr } = await upgrade(appOn({ ledger, url, upgrade: { migrate: ["true"] } }), [], 1);
      assert.match(
        stderr,
        /dependencies\.orders is still behind: 2 migrations are not applied: 1_a, 2_b\. Did the tool run in the right database\?/,
      );
      assert.deepEqual(await releasesIn(ledger), []);
    });

    test("is left behind because the tool ran in another database: exit 1", async () => {
      const [ledger, right, wrong] = [await suite.database(), await create(), await create()];
      await right.change("CREATE TABLE other (id int)");
      const migrate = { command: tool, environment: { TOOL_DATABASE_URL: wrong.url } };
      const { stderr } = await upgrade(appOn({ ledger, url: right.url, upgrade: { migrate } }), [], 1);
      assert.match(
        stderr,
        /the tool applied 2[^]*dependencies\.orders is still behind: 2 migrations .* right database\?/,
      );
      assert.deepEqual(await releasesIn(ledger), []);
    });

    test("is behind, and no upgrade.migrate is configured: 78", async () => {
      const [ledger, { url }] = [await suite.database(), await create()];
      const { stderr } = await upgrade(appOn({ ledger, url, upgrade: {} }), [], 78);
      assert.match(
        stderr,
        /2 migrations of dependencies\.orders belong to another tool: 1_a, 2_b\. Set upgrade\.migrate, or dependencies\.orders\.migrate, to the command/,
      );
    });

    test("can be combined with one in Postgres that seaworthy migrates", async () => {
      const [ledger, { url }] = [await suite.database(), await create()];
      const dependencies = { own: { kind: "schema", url: ledger.url, migrations: "./own" } };
      const image = appOn({ ledger, url, dependencies });
      image.write("own/1_own.sql", "CREATE TABLE own (id int);");
      await upgrade(image);
      assert.deepEqual(await appliedIn(ledger), ["1_own"]);
      assert.equal((await run(image, ["--status"])).code, 0);
      image.write("migrations/3_c.sql", "CREATE TABLE c (id int);");
      assert.match((await upgrade(image)).stderr, /the tool applied 1\n/);
    });

    test("three upgrades at once run its tool once", async () => {
      const [ledger, { url }] = [await suite.database(), await create()];
      const image = appOn({ ledger, url });
      const ends = await Promise.all([1, 2, 3].map(() => start(image, ["--upgrade"]).ended));
      for (const ended of ends) assertCode(ended, 0);
      assert.equal(ends.filter(({ stderr }) => stderr.includes("the tool applied")).length, 1);
    });

    test("without upgrade.ledger: the lock and the record are in the schema's own database", async () => {
      const { url } = await create();
      const orders = { kind: "schema", url, history: "umzug" };
      const shop = { kind: "release", url };
      const image = suite.image({
        ...configuration({
          app: { name: "shop", version: "1.0.0" },
          dependencies: { orders, shop },
          upgrade: { migrate: tool },
        }),
        "migrations/1_a.sql": "CREATE TABLE a (id int);",
      });
      await upgrade(image);
      assert.equal((await run(image, ["--status"])).code, 0);
      assert.match((await upgrade(image)).stderr, /nothing to do/);
    });
  });
}

test("a hook after the migrations that reverts one: exit 1, and no release is recorded", async () => {
  const ledger = await suite.database();
  const path = scratchPath("app.db");
  const undo = `new (require("node:sqlite").DatabaseSync)("${path}").exec("DELETE FROM SequelizeMeta WHERE name LIKE '2%'")`;
  const hooks = { migrate: tool, after: [[process.execPath, "-e", undo]], onFailure: [["echo", "alarm"]] };
  const { stderr } = await upgrade(appOn({ ledger, url: `sqlite:${path}`, upgrade: hooks }), [], 1);
  assert.match(
    stderr,
    /the tool applied 2[^]*error: dependencies\.orders is still behind: 1 migration is .*: 2_b\.[^]*\[echo\] alarm/,
  );
  assert.deepEqual(await releasesIn(ledger), []);
});

test("a hook after the migrations that reverts one that seaworthy applied: exit 1", async () => {
  const ledger = await suite.database();
  const undo = `const { Client } = require(${JSON.stringify(import.meta.dirname + "/../../../node_modules/pg")});
    const client = new Client(process.env.DATABASE_URL);
    client.connect().then(() => client.query("DELETE FROM seaworthy.migrations WHERE name = '1_own'")).then(() => client.end())`;
  const image = suite.image({
    ...configuration({
      app: { name: "shop", version: "1.0.0" },
      dependencies: { own: { kind: "schema", url: ledger.url } },
      upgrade: { after: [[process.execPath, "-e", undo]] },
    }),
    "migrations/1_own.sql": "CREATE TABLE own (id int);",
  });
  const { stderr } = await upgrade(image, [], 1);
  assert.match(
    stderr,
    /dependencies\.own is still behind: 1 migration is not applied: 1_own\. Has something removed what was applied\?/,
  );
  assert.deepEqual(await releasesIn(ledger), []);
});

test("a MySQL server that cannot be reached: 69, and nothing changes", async () => {
  const ledger = await suite.database();
  const image = appOn({
    ledger,
    url: "mysql://shop:story-secret@127.0.0.1:1/shop",
    upgrade: { migrate: tool, connectTimeoutSeconds: 0 },
  });
  const { stderr } = await upgrade(image, [], 69);
  assert.match(stderr, /cannot reach MySQL at 127\.0\.0\.1:1\/shop/);
  assert.doesNotMatch(stderr, /the tool|nothing to do/);
});

test("a SQLite path is relative to the container's working directory, wherever its tool runs", async () => {
  const ledger = await suite.database();
  const image = appOn({ ledger, url: "sqlite:app.db" });
  image.write("elsewhere/migrations/1_a.sql", twoTables["1_a.sql"]);
  const { stderr } = await upgrade(image);
  assert.match(stderr, /the tool applied 2\n/);
  // Control: the tool itself, given the relative path, creates another file.
  image.remove("app.db");
  const migrate = {
    command: tool,
    workdir: join(image.folder, "elsewhere"),
    environment: { DATABASE_URL: "sqlite:app.db" },
  };
  const lost = appOn({ ledger, url: "sqlite:app.db", upgrade: { migrate } });
  const failed = await upgrade(lost, [], 1);
  assert.match(failed.stderr, /the tool applied 1\n[^]*dependencies\.orders is still behind/);
});
