import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { createDatabase } from "../harness/database.ts";
import { runProgram } from "../harness/program.ts";
import { scratchPath } from "../harness/scratch.ts";
import { blocksIn } from "./blocks.ts";

/** A database, and an image's folder that grows. */
async function openShop() {
  const database = await createDatabase();
  const folder = scratchPath("how-to");
  return {
    database,
    write(files: Readonly<Record<string, string>>) {
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
    },
    run: (argv: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
      runProgram(argv, {
        workingDirectory: folder,
        environment: { DATABASE_URL: database.url, SEAWORTHY_APP_NAME: "shop", APP_VERSION: "2.3.0", ...environment },
      }),
    [Symbol.asyncDispose]: () => database.drop(),
  };
}

describe("the how-to pages, followed on a real database", () => {
  test("write a safe migration: every example is applied, and the linter finds nothing in it", async () => {
    await using shop = await openShop();
    const { run, write } = shop;
    const [table = "", ...others] = blocksIn("docs/how-to/write-a-safe-migration.md", "sql");
    assert.ok(others.length > 8, `${others.length} examples`);
    write({ "migrations/0001_table.sql": table });
    assert.equal((await run(["--upgrade"])).code, 0);
    const files = others.map((sql, index) => [`migrations/${1000 + index}_example.sql`, sql] as const);
    write(Object.fromEntries(files));
    const plan = await run(["--plan", "--strict"]);
    assert.equal(plan.code, 0, plan.stdout);
    const upgrade = await run(["--upgrade"]);
    assert.equal(upgrade.code, 0, upgrade.stderr);
    assert.match((await run(["--plan"])).stdout, /nothing to do/);
    // Control: what the page warns of is found.
    write({ "migrations/2000_control.sql": "CREATE INDEX product_title ON product (title);" });
    assert.equal((await run(["--plan", "--strict"])).code, 3);
  });

  test("check pull requests: the shown header allows the finding, in each format", async () => {
    await using shop = await openShop();
    const { run, write } = shop;
    const [allowed = ""] = blocksIn("docs/how-to/check-pull-requests.md", "sql");
    write({ "migrations/1_index.sql": allowed });
    for (const format of ["text", "json", "github", "sarif", "markdown"]) {
      const { code, stdout, stderr } = await run(["--lint", "--format", format]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /the table has 200 rows/);
    }
    // Control: the header is needed.
    write({ "migrations/1_index.sql": allowed.replace(/^--.*$/m, "") });
    assert.equal((await run(["--lint"])).code, 3);
  });

  test("adopt an existing database: the baseline is recorded, nothing of it is run, and the rest is applied", async () => {
    await using shop = await openShop();
    const { database, run, write } = shop;
    const schema = "CREATE TABLE product (id bigint PRIMARY KEY, name text NOT NULL);";
    await database.query(`${schema} INSERT INTO product VALUES (1, 'lamp')`);
    // As pg_dump writes it, without psql's own lines.
    const dump = `SET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n${schema.replace("product", "public.product")}\n`;
    write({
      "migrations/0001_existing_schema.sql": dump,
      "migrations/0002_price.sql": "ALTER TABLE product ADD COLUMN price_cents integer;",
    });
    const calls = blocksIn("docs/how-to/adopt-an-existing-database.md", "sh")
      .flatMap((script) => /shop:2\.3\.0 (--.*)/.exec(script)?.[1] ?? [])
      .map((words) => words.split(" "));
    assert.deepEqual(calls, [["--plan"], ["--baseline", "0001_existing_schema"], ["--plan"]]);
    const [first, second, third] = [await run(calls[0] ?? []), await run(calls[1] ?? []), await run(["--plan"])];
    assert.match(first.stdout, /2 to apply/);
    assert.equal(second.code, 0, second.stderr);
    assert.match(third.stdout, /1 to apply[^]*0002_price/);
    const upgrade = await run(["--upgrade"]);
    assert.equal(upgrade.code, 0, upgrade.stderr);
    assert.deepEqual(await database.query("SELECT name, price_cents FROM product"), [
      { name: "lamp", price_cents: null },
    ]);
  });

  test("adopt an existing database: an empty one gets all migrations, and psql's own lines are refused", async () => {
    await using shop = await openShop();
    const { run, write } = shop;
    const dump = "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.product (id bigint);\n";
    write({
      "migrations/0001_existing_schema.sql": dump,
      "migrations/0002_price.sql": "ALTER TABLE product ADD COLUMN price_cents integer;",
    });
    const upgrade = await run(["--upgrade"]);
    assert.equal(upgrade.code, 0, upgrade.stderr);
    write({ "migrations/0003_more.sql": "\\restrict abc\nCREATE TABLE public.other (id bigint);\n\\unrestrict abc\n" });
    const refused = await run(["--upgrade"]);
    assert.equal(refused.code, 78);
    assert.match(refused.stderr, /0003_more[^]*\\restrict/);
  });

  test("the example for Prisma: a schema that the URL names is where its table is looked up", async () => {
    await using shop = await openShop();
    const { database, run, write } = shop;
    const name = "20260901000000_create_products";
    await database.query(`CREATE SCHEMA shop; CREATE TABLE shop._prisma_migrations (id text PRIMARY KEY, checksum text,
      finished_at timestamptz, migration_name text NOT NULL, logs text, rolled_back_at timestamptz,
      started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 1);
      INSERT INTO shop._prisma_migrations (id, finished_at, migration_name) VALUES ('a', now(), '${name}')`);
    const schema = { kind: "schema", url: "${DATABASE_URL}", migrations: "./prisma/migrations", history: "prisma" };
    write({
      [`prisma/migrations/${name}/migration.sql`]: "CREATE TABLE products (id int);",
      "seaworthy.yaml": JSON.stringify({ dependencies: { schema } }),
    });
    const named = await run(["--status"], { DATABASE_URL: `${database.url}?schema=shop` });
    assert.match(named.stdout, /compatible/);
    assert.match((await run(["--status"])).stdout, /behind/);
  });

  test("use two roles: existing tables are handed over, and the app can use them, but not change them", async () => {
    await using shop = await openShop();
    const { database, run, write } = shop;
    // The database's name stands in for "shop": roles belong to the server.
    const name = new URL(database.url).pathname.slice(1);
    const [create = "", handOver = ""] = blocksIn("docs/how-to/use-two-roles.md", "sql").map((sql) =>
      sql.replaceAll("shop", name),
    );
    await database.query(`CREATE ROLE ${name}; CREATE TABLE product (id serial); ALTER TABLE product OWNER TO ${name}`);
    await database.query(create);
    const urls = {
      DATABASE_URL: database.urlWith({ user: `${name}_app`, password: "change-me-too" }),
      UPGRADE_DATABASE_URL: database.urlWith({ user: `${name}_upgrade`, password: "change-me" }),
    };
    write({ "migrations/0001_more.sql": "ALTER TABLE product ADD COLUMN name text;" });
    // Control: the upgrade's role cannot change a table that is not its own.
    assert.match((await run(["--upgrade"], urls)).stderr, /must be owner of table product/);
    await database.query(handOver);
    const upgrade = await run(["--upgrade"], urls);
    assert.equal(upgrade.code, 0, upgrade.stderr);
    await database.query(`SET ROLE ${name}_app; INSERT INTO product (name) VALUES ('lamp')`);
    await assert.rejects(database.query(`SET ROLE ${name}_app; DROP TABLE product`), /must be owner/);
  });
});
