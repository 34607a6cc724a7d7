import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { load } from "js-yaml";
import { Client } from "pg";
import { schemaText } from "../../docker/build/documentation-schema.ts";
import { createDatabase, type TestDatabase } from "../harness/database.ts";
import { runProgram, startProgram } from "../harness/program.ts";
import { waitFor } from "../harness/wait.ts";
import { blocksIn } from "./blocks.ts";

/** The first block of this language in a page of the manual. */
function blockOf(page: string, language: string): string {
  const [block] = blocksIn(`docs/${page}`, language);
  assert.ok(block, `${page} has no ${language} block`);
  return block;
}

const firstMigrations = {
  "migrations/0001_products.sql":
    "CREATE TABLE product (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);",
};
const laterMigrations = {
  "migrations/0002_price.sql": "ALTER TABLE product ADD COLUMN price_cents integer;",
  "migrations/0003_product_name.sql": "CREATE INDEX product_name ON product (name);",
};

describe("the manual's examples", () => {
  const opened = new AsyncDisposableStack();
  let database: TestDatabase;
  let folder: string;
  let roles: { readonly app: string; readonly upgrade: string };

  before(async () => {
    folder = opened.adopt(await mkdtemp(join(tmpdir(), "seaworthy-readme-")), (path) => rm(path, { recursive: true }));
    database = opened.adopt(await createDatabase(), ({ drop }) => drop());
    // The database's name stands in for "shop": roles belong to the server, and other tests have theirs.
    const name = new URL(database.url).pathname.slice(1);
    const sql = blockOf("how-to/use-two-roles.md", "sql").replaceAll("shop", name);
    await database.query(sql);
    const urlOf = (role: string) => {
      const password = new RegExp(`CREATE ROLE ${name}_${role} LOGIN PASSWORD '(.*)'`).exec(sql)?.[1];
      assert.ok(password, `the page creates no role for the ${role}`);
      return database.urlWith({ user: `${name}_${role}`, password });
    };
    roles = { app: urlOf("app"), upgrade: urlOf("upgrade") };
  });
  after(() => opened.disposeAsync());

  const write = async (files: Readonly<Record<string, string>>) => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
  };
  const run = (argv: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    runProgram(argv, {
      workingDirectory: folder,
      environment: { DATABASE_URL: roles.app, UPGRADE_DATABASE_URL: roles.upgrade, ...environment },
    });

  test("the configuration is what the schema allows", () => {
    const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(schemaText()) as object);
    assert.equal(validate(load(blockOf("reference/configuration.md", "yaml"))), true, JSON.stringify(validate.errors));
  });

  test("the configuration and the roles do what they are for: the upgrade's changes, the app's looks", async () => {
    await write({ "seaworthy.yaml": blockOf("reference/configuration.md", "yaml"), ...firstMigrations });
    // Control: the app's role cannot upgrade.
    await write({ "bin/backup": "#!/bin/sh\n" });
    await chmod(join(folder, "bin/backup"), 0o755);
    const control = await run(["--upgrade"], { UPGRADE_DATABASE_URL: roles.app });
    assert.notEqual(control.code, 0);
    assert.match(control.stderr, /permission denied/);

    const upgraded = await run(["--upgrade"]);
    assert.equal(upgraded.code, 0, upgraded.stderr);
    assert.match((await run(["--status"])).stdout, /schema .* compatible\nbilling .* behind/);
    // Another application's release, in the same database.
    const billing = { SEAWORTHY_APP_NAME: "billing", SEAWORTHY_APP_VERSION: "1.4.0" };
    assert.equal((await run(["--upgrade"], billing)).code, 0);
    const status = await run(["--status"]);
    assert.equal(status.code, 0, status.stdout);

    await using app = await connect(roles.app);
    await app.query("INSERT INTO product (name) VALUES ('lamp'); UPDATE product SET name = 'Lamp'");
    assert.deepEqual((await app.query("SELECT name FROM product")).rows, [{ name: "Lamp" }]);
    for (const statement of ["CREATE TABLE mine ()", "DROP TABLE product", "DELETE FROM seaworthy.migrations"])
      await assert.rejects(app.query(statement), /permission denied|must be owner/, statement);
  });

  test("a contract migration waits for older instances of the app's role, and not for others", async () => {
    await write({ "migrations/0009_drop.sql": "-- seaworthy: contract 2.3.0\nALTER TABLE product DROP COLUMN name;" });
    const upgradeBeside = async (version: string) => {
      const environment = { DATABASE_URL: roles.app, SEAWORTHY_APP_VERSION: version };
      const instance = startProgram(["sleep", "3600"], { workingDirectory: folder, environment });
      try {
        await waitFor(`the report of ${version}`, async () => {
          const sql = `SELECT FROM seaworthy.instances WHERE version = '${version}'`;
          return (await database.query(sql)).length > 0;
        });
        return await run(["--upgrade"]);
      } finally {
        await instance.signal("SIGTERM");
        await instance.ended;
      }
    };
    assert.match(
      (await upgradeBeside("1.0.0")).stderr,
      /deferred 0009_drop: instances older than 2\.3\.0 are alive: 1\.0\.0/,
    );
    assert.match((await upgradeBeside("2.3.0")).stderr, /applied 0009_drop/);
    await database.query("DELETE FROM seaworthy.migrations WHERE name = '0009_drop'");
    await rm(join(folder, "migrations/0009_drop.sql"));
  });

  test("health and status of an image that is ahead of the database are as shown", async () => {
    const config = {
      app: { name: "shop", version: "2.3.0" },
      dependencies: { schema: { kind: "schema", url: roles.app } },
    };
    await write({ "seaworthy.yaml": JSON.stringify(config), ...firstMigrations, ...laterMigrations });
    assert.equal((await run(["--status"])).stdout, blockOf("reference/health.md", "text"));

    const program = startProgram(["sleep", "3600"], { workingDirectory: folder });
    try {
      await program.waitForOutput(/unknown → behind/);
      await program.waitForOutput(/serving health on \S+/);
      const url = /serving health on (\S+)/.exec(program.stderr())?.[1] ?? "";
      const answer = await fetch(url, { headers: { connection: "close" } });
      assert.equal(answer.status, 503);
      assert.deepEqual(withoutTimes(await answer.text()), withoutTimes(blockOf("reference/health.md", "json")));
    } finally {
      await program.signal("SIGTERM");
      await program.ended;
    }
  });
});

function withoutTimes(body: string): unknown {
  return JSON.parse(body.replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"TIME"'));
}

async function connect(url: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
