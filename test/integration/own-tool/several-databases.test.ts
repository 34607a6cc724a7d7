import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { assertCode, run, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { tool } from "../../fixtures/upgrade/tool.ts";
import { configuration } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { appliedIn, releasesIn } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const app = { name: "shop", version: "1.0.0" };

function tablesIn(path: string): readonly unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('SequelizeMeta', 'sqlite_sequence') ORDER BY rowid",
    )
    .all();
  database.close();
  return rows.map(({ name }) => name);
}

/** Each database gets its own record of releases. */
const withLedger = (table: string) => ["seaworthy_releases", table];

/** An app with one schema of seaworthy's in Postgres, and two of a tool's in SQLite, each with its own folder and command. */
async function threeSchemas(
  settings: { readonly orders?: object; readonly stock?: object; readonly upgrade?: object } = {},
) {
  const database = await suite.database();
  const paths = { orders: scratchPath("orders.db"), stock: scratchPath("stock.db") };
  const schema = (name: "orders" | "stock") => ({
    kind: "schema",
    url: `sqlite:${paths[name]}`,
    migrations: `./${name}/migrations`,
    history: "umzug",
  });
  const migrate = (name: string) => ({ migrate: { command: tool, workdir: name } });
  const image = suite.image({
    ...configuration({
      app,
      dependencies: {
        own: { kind: "schema", url: database.url, migrations: "./own" },
        orders: { ...schema("orders"), ...(settings.orders ?? migrate("orders")) },
        stock: { ...schema("stock"), ...(settings.stock ?? migrate("stock")) },
      },
      upgrade: { verifySeconds: 0.5, ...settings.upgrade },
    }),
    "own/1_own.sql": "CREATE TABLE own (id int);",
    "orders/migrations/1_orders.sql": "CREATE TABLE orders (id int);",
    "stock/migrations/1_stock.sql": "CREATE TABLE stock (id int);",
  });
  return { database, paths, image };
}

describe("several databases, each with its own tool", { concurrency: 4 }, () => {
  test("each tool runs once, in its own database, beside migrations of seaworthy's own", async () => {
    const { database, paths, image } = await threeSchemas();
    const status = (await run(image, ["--status"])).stdout;
    assert.match(status, /orders[^]*stock/);
    assert.doesNotMatch(status, /Run the tool's migrations/);
    const plan = await run(image, ["--plan"]);
    assert.match(
      plan.stdout,
      /own[^]*dependencies\.orders: 1 to apply by dependencies\.orders\.migrate\n +1_orders\n.*dependencies\.stock: 1 to apply by dependencies\.stock\.migrate/,
    );
    const ends = await Promise.all([1, 2, 3].map(() => start(image, ["--upgrade"]).ended));
    for (const ended of ends) assertCode(ended, 0);
    const lines = ends.flatMap(
      ({ stderr }) => stderr.match(/running dependencies\.\w+\.migrate|the tool applied \d/g) ?? [],
    );
    const once = (name: string) => [`running dependencies.${name}.migrate`, "the tool applied 1"];
    assert.deepEqual(lines, [...once("orders"), ...once("stock")]);
    assert.deepEqual([tablesIn(paths.orders), tablesIn(paths.stock)], [withLedger("orders"), withLedger("stock")]);
    assert.deepEqual([await appliedIn(database), await releasesIn(database)], [["1_own"], ["shop@1.0.0"]]);
    assert.equal((await run(image, ["--status"])).code, 0);
    assert.match((await upgrade(image)).stderr, /nothing to do/);
  });

  test("upgrade.migrate serves the schemas without a command of their own", async () => {
    const { paths, image } = await threeSchemas({
      stock: {},
      upgrade: { migrate: { command: tool, workdir: "stock" } },
    });
    const { stderr } = await upgrade(image);
    assert.match(stderr, /running upgrade\.migrate[^]*running dependencies\.orders\.migrate/);
    assert.deepEqual([tablesIn(paths.orders), tablesIn(paths.stock)], [withLedger("orders"), withLedger("stock")]);
  });

  test("a schema whose tool no command runs is refused before anything changes: 78", async () => {
    const { database, image } = await threeSchemas({ stock: {} });
    assert.match((await run(image, ["--plan"])).stdout, /stock: 1 to apply by a tool that no command runs/);
    const { stderr } = await upgrade(image, [], 78);
    assert.match(
      stderr,
      /1 migration of dependencies\.stock belongs to another tool: 1_stock\. Set upgrade\.migrate, or dependencies\.stock\.migrate/,
    );
    assert.deepEqual(await releasesIn(database), []);
    assert.deepEqual(await database.query("SELECT 1 FROM pg_tables WHERE tablename = 'own'"), []);
  });

  test("a tool that does nothing: exit 1, no release is recorded, and the next upgrade goes on", async () => {
    const { database, paths, image } = await threeSchemas({ stock: { migrate: ["true"] } });
    const { stderr } = await upgrade(image, [], 1);
    assert.match(
      stderr,
      /dependencies\.stock\.migrate \(true\) exited 0, but 1 migration of dependencies\.stock is still pending: 1_stock/,
    );
    assert.deepEqual([tablesIn(paths.orders), await releasesIn(database)], [withLedger("orders"), []]);
  });
});

describe("a command that no schema needs is refused: 78", { concurrency: 4 }, () => {
  test("dependencies.NAME.migrate for a schema that seaworthy migrates", async () => {
    const image = suite.image({
      ...configuration({
        app,
        dependencies: { own: { kind: "schema", url: "postgres://127.0.0.1:1/x", migrate: ["true"] } },
      }),
      "migrations/1_a.sql": "SELECT 1;",
    });
    const { stderr } = await upgrade(image, [], 78);
    assert.match(
      stderr,
      /dependencies\.own\.migrate runs another tool, but dependencies\.own is recorded by seaworthy\..*dependencies\.own\.history/,
    );
  });

  test("upgrade.migrate if every schema has its own", async () => {
    const { image } = await threeSchemas({ upgrade: { migrate: tool } });
    const { stderr } = await upgrade(image, [], 78);
    assert.match(
      stderr,
      /upgrade\.migrate has nothing to migrate: .*dependencies\.orders\.migrate\. Remove one of them/,
    );
  });

  test("a command that cannot be found, by its key", async () => {
    const { image } = await threeSchemas({ stock: { migrate: ["no-such-tool"] } });
    const { stderr } = await upgrade(image, [], 78);
    assert.match(stderr, /dependencies\.stock\.migrate: cannot find the command "no-such-tool"/);
  });

  test("an empty command; its variables are needed by an upgrade only", async () => {
    const { image } = await threeSchemas({ stock: { migrate: ["${TOOL:-}"] } });
    assert.match((await upgrade(image, [], 78)).stderr, /dependencies\.stock\.migrate\.command\[0\].*it is empty/);
    assert.equal((await run(image, ["true"])).code, 0);
  });
});
