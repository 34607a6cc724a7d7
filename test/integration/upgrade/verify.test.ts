import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { run, upgrade } from "../../fixtures/upgrade/shop.ts";
import { configuration, type Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { releasesIn } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const app = { name: "shop", version: "1.0.0" };
const settings = { kind: "file", path: "./settings.json", pointer: "/revision", requires: ">=7" };
const sets = (revision: number) => ["sh", "-c", `echo '{"revision": ${revision}}' > settings.json; echo ran >> log`];
const runsOf = ({ folder }: Image) =>
  existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8").trim().split("\n").length : 0;

/** An app with a schema in Postgres, and a settings file that a hook writes. */
async function shop(upgradeSettings: object, dependencies: object = { settings }) {
  const database = await suite.database();
  const image = suite.image({
    ...configuration({
      app,
      dependencies: { schema: { kind: "schema", url: database.url }, ...dependencies },
      upgrade: { verify: ["settings"], verifySeconds: 0.5, ...upgradeSettings },
    }),
    "migrations/1_a.sql": "CREATE TABLE a (id int);",
  });
  return { database, image };
}

describe("a dependency that upgrade.verify names", { concurrency: 4 }, () => {
  test("must be compatible after the hooks, and is looked at again by a later upgrade of the same release", async () => {
    const { database, image } = await shop({ after: [sets(7)] });
    assert.match((await run(image, ["--plan"])).stdout, /verify +dependencies\.settings is still unreachable.*\n.*1_a/);
    await upgrade(image);
    assert.deepEqual(await releasesIn(database), ["shop@1.0.0"]);
    assert.match((await upgrade(image)).stderr, /nothing to do/);
    assert.equal((await run(image, ["--plan"])).code, 0);
    assert.equal(runsOf(image), 1);
    for (const goBack of [() => image.write("settings.json", '{"revision": 6}'), () => image.remove("settings.json")]) {
      goBack();
      assert.equal((await run(image, ["--plan"])).code, 3);
      const { stderr } = await upgrade(image);
      assert.match(
        stderr,
        /this release is recorded, but dependencies\.settings is still (behind|unreachable): [^]*upgraded shop/,
      );
    }
    assert.equal(runsOf(image), 3);
    assert.deepEqual(new Set(await releasesIn(database)), new Set(["shop@1.0.0"]));
  });

  test("is behind after the hooks: exit 1, and no release is recorded", async () => {
    const { database, image } = await shop({ after: [sets(6)], onFailure: [["echo", "alarm"]] });
    const { stderr } = await upgrade(image, [], 1);
    assert.match(
      stderr,
      /error: dependencies\.settings is still behind: .*has version 6, but >=7 is needed.*No release is recorded[^]*\[echo\] alarm/,
    );
    assert.deepEqual(await releasesIn(database), []);
  });

  test("is missing after the hooks: exit 1", async () => {
    const { database, image } = await shop({});
    assert.match(
      (await upgrade(image, [], 1)).stderr,
      /dependencies\.settings is still unreachable: the file .* does not exist/,
    );
    assert.deepEqual(await releasesIn(database), []);
  });

  test("control: one that it does not name stops no upgrade", async () => {
    const { database, image } = await shop({ verify: [] });
    await upgrade(image);
    assert.deepEqual(await releasesIn(database), ["shop@1.0.0"]);
  });

  test("is a service: it may take a moment, and 69 says that it cannot be reached", async () => {
    let version = 3;
    const server = createServer((_request, response) => {
      response.end(JSON.stringify({ version: version++ }));
    });
    after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const search = { kind: "http", url, pointer: "/version", requires: ">=5" };
    const { database, image } = await shop({ verify: ["search"], verifySeconds: 60 }, { search });
    const { stderr } = await upgrade(image);
    assert.match(stderr, /waiting for the verification: dependencies\.search is still behind/);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const settings = readFileSync(join(image.folder, "seaworthy.yaml"), "utf8");
    // Not any 60: a port or the database's name may contain one.
    const impatient = settings.replace(/(?<=verifySeconds"?: *)60/, "0.5");
    image.write("seaworthy.yaml", impatient);
    const down = await upgrade(image, [], 69);
    assert.match(down.stderr, /cannot verify dependencies\.search: cannot reach/);
    assert.deepEqual(await releasesIn(database), ["shop@1.0.0"]);
  });

  test("is a command, which gets the app's environment", async () => {
    const tool = { kind: "command", command: ["sh", "-c", "echo $TOOL_VERSION"], requires: ">=2" };
    const { image } = await shop({ verify: ["tool"] }, { tool });
    const old = await run(image, ["--upgrade"], { environment: { TOOL_VERSION: "1.0" } });
    assert.equal(old.code, 1, old.stderr);
    const right = await run(image, ["--upgrade"], { environment: { TOOL_VERSION: "2.1" } });
    assert.equal(right.code, 0, right.stderr);
  });

  test("does not exist, or is the app's own release: 78, with the names that are allowed", async () => {
    const release = { kind: "release", url: "postgres://127.0.0.1:1/shop" };
    const { image } = await shop({ verify: ["setings", "x", "own"] }, { settings, own: release });
    for (const argv of [["--upgrade"], ["--plan"], ["--status"]]) {
      const { code, stderr } = await run(image, argv);
      assert.equal(code, 78, stderr);
      assert.match(
        stderr,
        /upgrade\.verify\[0\]: expected the name of a dependency, received "setings"; did you mean settings\?/,
      );
      assert.match(stderr, /upgrade\.verify\[1\]: .*allowed: schema, settings, own/);
      assert.match(stderr, /upgrade\.verify\[2\]: own is this app's own release/);
    }
  });
});

test("a schema whose history lacks a migration and has another in its place is upgraded, whatever the record says", async () => {
  const { database, image } = await shop({ verify: [] }, {});
  image.write("migrations/1_a.sql", "CREATE TABLE IF NOT EXISTS a (id int);");
  image.write("migrations/2_b.sql", "CREATE TABLE IF NOT EXISTS b (id int);");
  await upgrade(image);
  // A newer release has failed after its first migration, and 1_a is lost.
  await database.query(
    "UPDATE seaworthy.migrations SET name = '3_c', checksum = 'other', release = '2.0.0' WHERE name = '1_a'; DROP TABLE a",
  );
  assert.equal((await run(image, ["--status"])).code, 1);
  assert.match((await upgrade(image)).stderr, /applied 1_a/);
  assert.equal((await run(image, ["--status"])).code, 0);
  assert.match((await upgrade(image)).stderr, /nothing to do: this release is completed/);
});
