import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assertCode, run, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { tool } from "../../fixtures/upgrade/tool.ts";
import { configuration, type Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { appliedIn, releasesIn, tablesOf } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const app = { name: "shop", version: "1.0.0" };
const write = `#!/bin/sh\necho "$(basename "$0")|\${DATABASE_URL-none}" >> "$PWD/log"\n`;
const logOf = ({ folder }: Image) => (existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8") : "");

/** An app whose migrations are two programs. */
function programs(settings: object, folder = "migrations"): Image {
  const image = suite.image(configuration({ app, ...settings }));
  for (const name of ["1_topic.sh", "2_index"]) image.writeProgram(`${folder}/${name}`, write);
  return image;
}

describe("an app without a database", { concurrency: 4 }, () => {
  const steps = { kind: "schema" };

  test("is upgraded: its programs run once, and are recorded in upgrade.ledger, which health reads", async () => {
    const ledger = await suite.database();
    const image = programs({ dependencies: { steps }, upgrade: { ledger: "${LEDGER_URL}" } });
    const environment = { LEDGER_URL: ledger.url };
    const status = () => run(image, ["--status"], { environment });
    assert.match((await status()).stdout, /steps[^]*behind[^]*2 migrations are not applied: 1_topic, 2_index/);
    assert.match((await run(image, ["--plan"], { environment })).stdout, /2 to apply\n.*upgrade\.ledger.*LEDGER_URL/);
    assertCode(await run(image, ["--upgrade"], { environment }), 0);
    assert.equal(logOf(image), "1_topic.sh|none\n2_index|none\n");
    assert.deepEqual(await appliedIn(ledger), ["1_topic", "2_index"]);
    assert.deepEqual(await releasesIn(ledger), ["shop@1.0.0"]);
    assert.equal((await status()).code, 0);
    assert.match((await run(image, ["--upgrade"], { environment })).stderr, /nothing to do/);
    // The app itself does not get the ledger's URL.
    assert.doesNotMatch((await run(image, ["env"], { environment })).stdout, /LEDGER_URL/);
  });

  test("needs no configuration file", async () => {
    const ledger = await suite.database();
    const image = suite.image({});
    image.writeProgram("migrations/1_topic.sh", write);
    image.write("ledger-url", `${ledger.url}\n`);
    const environment = { SEAWORTHY_UPGRADE_LEDGER_FILE: "ledger-url", APP_VERSION: "1.0.0" };
    assertCode(await run(image, ["--upgrade"], { environment }), 0);
    assert.deepEqual(await appliedIn(ledger), ["1_topic"]);
    assert.equal((await run(image, ["--status"], { environment })).code, 0);
  });

  test("with hooks alone records its release, and a release dependency without a url reads it there", async () => {
    const ledger = await suite.database();
    const hook = ["sh", "-c", `echo "$\${DATABASE_URL-none}"`];
    const image = suite.image(
      configuration({
        app,
        dependencies: { shop: { kind: "release" } },
        upgrade: { ledger: ledger.url, before: [hook] },
      }),
    );
    assert.equal((await run(image, ["--status"])).code, 1);
    // The ledger's own URL is no database of the app, even if it is called DATABASE_URL.
    const { code, stderr } = await run(image, ["--upgrade"], { environment: { DATABASE_URL: ledger.url } });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /\[sh\] none\n/);
    assert.equal((await run(image, ["--status"])).code, 0);
    assert.deepEqual(await tablesOf(ledger), []);
  });

  test("three upgrades at once run each program once", async () => {
    const ledger = await suite.database();
    const image = programs({ dependencies: { steps }, upgrade: { ledger: ledger.url } });
    for (const ended of await Promise.all([1, 2, 3].map(() => start(image, ["--upgrade"]).ended))) assertCode(ended, 0);
    assert.equal(logOf(image), "1_topic.sh|none\n2_index|none\n");
  });

  test("and without upgrade.ledger is told to name one: 78", async () => {
    const nothing = await upgrade(suite.image(configuration({ app })), [], 78);
    assert.match(
      nothing.stderr,
      /there is nothing to upgrade: .*If the app has no database, set upgrade\.ledger to one/,
    );
    const missing = await upgrade(programs({ dependencies: { steps } }), [], 78);
    assert.match(missing.stderr, /dependencies\.steps\.url: is missing; write it, or set upgrade\.ledger/);
  });

  test("an upgrade.ledger in which no ledger can be kept is refused: 78", async () => {
    const image = programs({ dependencies: { steps }, upgrade: { ledger: "redis://127.0.0.1:1" } });
    const { stderr } = await upgrade(image, [], 78);
    assert.match(stderr, /upgrade\.ledger: it leads to Redis/);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  });
});

describe("an app with databases of its own beside the ledger", { concurrency: 4 }, () => {
  test("its hooks, tool and programs get the app's database, never the ledger's", async () => {
    const ledger = await suite.database();
    const path = scratchPath("app.db");
    const dependencies = {
      steps: { kind: "schema", migrations: "./steps" },
      orders: { kind: "schema", url: `sqlite:${path}`, history: "umzug" },
    };
    const before = [["sh", "-c", 'echo "hook|$DATABASE_URL" >> log']];
    const image = programs({ dependencies, upgrade: { ledger: ledger.url, migrate: tool, before } }, "steps");
    image.write("migrations/1_a.sql", "CREATE TABLE a (id int);");
    await upgrade(image);
    assert.equal(logOf(image), ["hook", "1_topic.sh", "2_index"].map((who) => `${who}|sqlite:${path}\n`).join(""));
    assert.equal((await run(image, ["--status"])).code, 0);
    assert.deepEqual(await appliedIn(ledger), ["1_topic", "2_index"]);
  });

  test("a Postgres that only another tool migrates gets no table of seaworthy's", async () => {
    const [ledger, database] = [await suite.database(), await suite.database()];
    const history = { kind: "schema", url: database.url, history: "umzug", table: "public.tool" };
    // A tool in one command: it creates its table, and records its migration.
    const migrate = [
      process.execPath,
      "-e",
      `const { Client } = require(${JSON.stringify(pgPath)});
      const client = new Client(process.env.DATABASE_URL);
      client.connect()
        .then(() => client.query('CREATE TABLE IF NOT EXISTS tool (name text); INSERT INTO tool VALUES (\\'1_a.sql\\')'))
        .then(() => client.end())`,
    ];
    const image = suite.image({
      ...configuration({ app, dependencies: { orders: history }, upgrade: { ledger: ledger.url, migrate } }),
      "migrations/1_a.sql": "",
    });
    assert.match((await run(image, ["--plan"])).stdout, /dependencies\.orders: 1 to apply by upgrade\.migrate/);
    await upgrade(image);
    assert.deepEqual(await tablesOf(database), ["tool"]);
    assert.deepEqual(await releasesIn(ledger), ["shop@1.0.0"]);
    assert.deepEqual(
      await database.query("SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'seaworthy'"),
      [],
    );
    assert.equal((await run(image, ["--status"])).code, 0);
    // Its record says that it is done, but a schema has gone back.
    await database.query("DELETE FROM tool");
    assert.match((await upgrade(image)).stderr, /running upgrade\.migrate[^]*upgraded shop/);
  });

  test("a Postgres that seaworthy migrates is recorded in itself", async () => {
    const [ledger, database] = [await suite.database(), await suite.database()];
    const own = { kind: "schema", url: database.url, migrations: "./own" };
    const image = programs({ dependencies: { steps: { kind: "schema" }, own }, upgrade: { ledger: ledger.url } });
    image.write("own/1_own.sql", "CREATE TABLE own (id int);");
    await upgrade(image);
    assert.deepEqual([await appliedIn(ledger), await appliedIn(database)], [["1_topic", "2_index"], ["1_own"]]);
    assert.deepEqual([await releasesIn(ledger), await releasesIn(database)], [["shop@1.0.0"], ["shop@1.0.0"]]);
    assert.match(logOf(image), new RegExp(`^1_topic\\.sh\\|${database.url.replaceAll(/[?.]/g, "\\$&")}\n`));
  });

  test("upgrade.url is another role's URL, and stands for no database that is not there: 78", async () => {
    const ledger = await suite.database();
    const orders = { kind: "schema", url: "sqlite:app.db", history: "umzug" };
    const image = suite.image({
      ...configuration({ app, dependencies: { orders }, upgrade: { url: ledger.url, migrate: tool } }),
      "migrations/1_a.sql": "",
    });
    const { stderr } = await upgrade(image, [], 78);
    assert.match(stderr, /upgrade\.url in \S+ leads to Postgres, but .*the lock and the record, write upgrade\.ledger/);
  });
});

const pgPath = join(import.meta.dirname, "../../../node_modules/pg");
