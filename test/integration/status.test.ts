import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { configuration, type ImageFiles } from "../harness/image.ts";
import { openSuite } from "../harness/leaks.ts";
import { freePort } from "../harness/postgres.ts";
import { runProgram } from "../harness/program.ts";
import { waitFor } from "../harness/wait.ts";
import { backendsOf, closeGate, passGate, shopImage, waitForArrival } from "./upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

async function run(argv: readonly string[], files: ImageFiles) {
  const { code, stdout, stderr } = await runProgram(argv, { workingDirectory: suite.image(files).folder });
  assert.equal(stderr === "" || argv.includes("--upgrade"), true, stderr);
  return { code, stdout };
}

/** Looks again while a busy machine keeps the database from answering in time, which is another true answer. */
const statusOf = (files: ImageFiles) =>
  waitFor("an answer of the database", async () => {
    const looked = await run(["--status"], files);
    return / unreachable$/m.test(looked.stdout) ? undefined : looked;
  });

/** Two dependencies on one database. */
const shop = (url: string, version: string, migrations: readonly string[]): ImageFiles => ({
  ...shopImage(url, version, Object.fromEntries(migrations.map((name) => [name, "SELECT 1;"]))),
  ...configuration({
    app: { name: "shop", version },
    dependencies: { schema: { kind: "schema", url }, shop: { kind: "release", url } },
  }),
});

describe("--status", { concurrency: 4 }, () => {
  test("a table with the needed and found versions, reasons below it, and exit 1; after the upgrade exit 0", async () => {
    const database = await suite.database();
    assert.equal((await run(["--upgrade"], shop(database.url, "1.0.0", ["1_a"]))).code, 0);
    const newer = shop(database.url, "2.0.0", ["1_a", "2_b", "3_c"]);
    const before = await statusOf(newer);
    assert.equal(before.code, 1);
    const [table = "", reasons = ""] = before.stdout.split("\n\n");
    assert.deepEqual(table.split("\n"), [
      "DEPENDENCY  KIND     NEEDED   FOUND  VERDICT",
      "schema      schema   3_c      1_a    behind",
      "shop        release  >=2.0.0  1.0.0  behind",
    ]);
    assert.match(reasons, /^schema: 2 migrations are not applied: 2_b, 3_c\. Run this image once with --upgrade\.$/m);
    assert.match(reasons, /^shop: .*1\.0\.0.* but >=2\.0\.0 is needed\. Run shop's image .* with --upgrade\.$/m);
    assert.equal((await run(["--upgrade"], newer)).code, 0);
    const after = await statusOf(newer);
    assert.equal(after.code, 0);
    assert.equal(
      after.stdout,
      [
        "DEPENDENCY  KIND     NEEDED   FOUND  VERDICT",
        "schema      schema   3_c      3_c    compatible",
        "shop        release  >=2.0.0  2.0.0  compatible",
        "",
      ].join("\n"),
    );
    // The old image on the newer database.
    assert.equal((await statusOf(shop(database.url, "1.0.0", ["1_a"]))).code, 0);
  });

  test("--json has the same data", async () => {
    const database = await suite.database();
    const files = shop(database.url, "1.0.0", ["1_a"]);
    const before = await run(["--status", "--json"], files);
    assert.equal(before.code, 1);
    assert.partialDeepStrictEqual(JSON.parse(before.stdout), {
      app: { name: "shop", version: "1.0.0" },
      compatible: false,
      dependencies: [
        {
          name: "schema",
          kind: "schema",
          verdict: "behind",
          needed: "1_a",
          found: "nothing",
          pending: ["1_a"],
          reason: "1 migration is not applied: 1_a. Run this image once with --upgrade.",
        },
        {
          name: "shop",
          kind: "release",
          verdict: "behind",
          needed: ">=1.0.0",
          found: "nothing",
          reason:
            "no release of shop is recorded, but >=1.0.0 is needed. Run shop's image of that version once with --upgrade.",
        },
      ],
    });
    await run(["--upgrade"], files);
    const after = await run(["--status", "--json"], files);
    assert.equal(after.code, 0);
    assert.equal((JSON.parse(after.stdout) as { compatible: boolean }).compatible, true);
  });

  test("an unreachable dependency has a row and a reason, and the others are still checked", async () => {
    const database = await suite.database();
    const files = shop(database.url, "1.0.0", ["1_a"]);
    await run(["--upgrade"], files);
    const down = `postgres://shop:secret@127.0.0.1:${await freePort()}/shop`;
    const dependencies = { near: { kind: "schema", url: database.url }, far: { kind: "schema", url: down } };
    const { code, stdout } = await run(["--status"], { ...files, ...configuration({ dependencies }) });
    assert.equal(code, 1);
    assert.match(stdout, /^near +schema +1_a +1_a +compatible\nfar +schema +1_a +- +unreachable\n\nfar: cannot reach/m);
  });

  test("without dependencies nothing is incompatible", async () => {
    assert.deepEqual(await run(["--status"], {}), {
      code: 0,
      stdout: "no dependencies are configured: nothing can be incompatible\n",
    });
  });

  test("changes nothing: an empty database stays empty", async () => {
    const database = await suite.database();
    const files = shop(database.url, "1.0.0", ["1_a"]);
    const schemas = () => database.query("SELECT nspname FROM pg_namespace WHERE nspname = 'seaworthy'");
    await run(["--status"], files);
    assert.deepEqual(await schemas(), []);
    // Control: an upgrade creates the schema.
    await run(["--upgrade"], files);
    assert.deepEqual(await schemas(), [{ nspname: "seaworthy" }]);
  });

  test("does not wait for a running migration, which still counts as pending", async () => {
    const database = await suite.database();
    await run(["--upgrade"], shop(database.url, "1.0.0", ["1_a"]));
    const gate = await closeGate(database);
    const slow = { ...shop(database.url, "2.0.0", ["1_a"]), "migrations/2_b.sql": `CREATE TABLE b (); ${passGate}` };
    const upgrading = run(["--upgrade"], slow);
    await waitForArrival(database);
    const { code, stdout } = await run(["--status"], slow);
    assert.equal(code, 1);
    assert.match(stdout, /1 migration is not applied: 2_b/);
    assert.deepEqual(
      (await backendsOf(database)).filter(({ application_name: name }) => String(name).includes("health")),
      [],
    );
    await gate.release();
    assert.equal((await upgrading).code, 0);
    assert.equal((await run(["--status"], slow)).code, 0);
  });
});
