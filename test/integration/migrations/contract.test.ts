import assert from "node:assert/strict";
import { hostname } from "node:os";
import { after, describe, test } from "node:test";
import type { TestDatabase } from "../../harness/database.ts";
import { endpointOf, waitForAnswer } from "../../harness/endpoint.ts";
import type { Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import type { RunningProgram } from "../../harness/program.ts";
import { waitFor } from "../../harness/wait.ts";
import { openSession } from "../../fixtures/upgrade/session.ts";
import { assertCode, run, shopFiles, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, releasesIn } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const expand = { "1_a.sql": "CREATE TABLE a (old int);", "2_b.sql": "ALTER TABLE a ADD COLUMN new int;" };
const contract = { "3_drop.sql": "-- seaworthy: contract 2.0.0\nALTER TABLE a DROP COLUMN old;" };
const later = { "4_c.sql": "CREATE TABLE c ();" };

interface Scene {
  readonly database: TestDatabase;
  /** The image of 1.0.0, which needs the objects that 2.0.0 drops. Its upgrade is done. */
  readonly older: Image;
  readonly newer: Image;
}

async function scene(upgradeSettings: object = {}): Promise<Scene> {
  const database = await suite.database();
  const image = (version: string, migrations: Readonly<Record<string, string>>) =>
    suite.image(shopFiles({ url: database.url, version, migrations, upgrade: upgradeSettings }));
  const older = image("1.0.0", expand);
  await upgrade(older);
  return { database, older, newer: image("2.0.0", { ...expand, ...contract, ...later }) };
}

/** Starts an instance, and waits until it has reported that it is alive. */
async function startInstance({ database }: Scene, image: Image, version: string): Promise<RunningProgram> {
  const program = start(image, ["sleep", "600"]);
  await waitFor("the instance's report", async () => (await liveIn(database)).includes(version));
  return program;
}

async function liveIn(database: TestDatabase): Promise<readonly unknown[]> {
  const rows = await database.query("SELECT version FROM seaworthy.instances WHERE id <> '' ORDER BY 1");
  return rows.map(({ version }) => version);
}

async function stop(program: RunningProgram): Promise<void> {
  await program.signal("SIGTERM");
  await program.ended;
}

const health = async (program: RunningProgram) => `${await endpointOf(program)}/health`;

const host = RegExp.escape(hostname());
const deferred = new RegExp(
  String.raw`deferred 3_drop: instances older than 2\.0\.0 are alive: 1\.0\.0 \(${host}\)\. It is applied by the next --upgrade`,
);

describe("a contract migration", { concurrency: 3 }, () => {
  test("is deferred while an older instance is alive, and applied by the next upgrade", async () => {
    const here = await scene({ before: [["echo", "hook"]] });
    const { database, older, newer } = here;
    const instance = await startInstance(here, older, "1.0.0");
    await waitForAnswer(await health(instance), 200);

    assert.match((await upgrade(newer)).stderr, deferred);
    assert.deepEqual(await appliedIn(database), ["1_a", "2_b", "4_c"]);
    assert.deepEqual(await releasesIn(database), ["shop@1.0.0", "shop@2.0.0"]);
    await waitForAnswer(await health(instance), 200);
    const planned = await run(newer, ["--plan"]);
    assert.equal(planned.code, 3);
    assert.match(planned.stdout, /contract +3_drop .*\n +deferred: instances older than 2\.0\.0 are alive: 1\.0\.0 \(/);

    // The new version is ready without it, and does not count as an older instance.
    const next = await startInstance(here, newer, "2.0.0");
    await waitForAnswer(await health(next), 200);

    await stop(instance);
    // Its report goes with it.
    assert.deepEqual(await liveIn(database), ["2.0.0"]);
    const second = await upgrade(newer);
    assert.match(second.stderr, /applied 3_drop/);
    // The hooks of this release have already run.
    assert.doesNotMatch(second.stderr, /hook/);
    assert.deepEqual(await appliedIn(database), ["1_a", "2_b", "4_c", "3_drop"]);
    assert.match((await upgrade(newer)).stderr, /nothing to do/);
    await waitForAnswer(await health(next), 200);
    await stop(next);
  });

  test("makes an older app outgrown, which reports it", async () => {
    const here = await scene();
    await upgrade(here.newer);
    assert.deepEqual(await appliedIn(here.database), ["1_a", "2_b", "3_drop", "4_c"]);
    const instance = start(here.older, ["sleep", "600"]);
    const { text } = await waitForAnswer(await health(instance), 503, "outgrown");
    assert.match(text, /2\.0\.0/);
    const { code, stdout } = await run(here.older, ["--status"]);
    assert.equal(code, 1);
    assert.match(stdout, /outgrown/);
    await stop(instance);

    // Control: a version at the floor is compatible.
    assert.equal((await run(here.newer, ["--status"])).code, 0);
  });

  test("an instance that the upgrade did not see becomes outgrown while it runs", async () => {
    const here = await scene();
    const instance = await startInstance(here, here.older, "1.0.0");
    await waitForAnswer(await health(instance), 200);
    // Its reports have not arrived for so long that they no longer count.
    await here.database.query("UPDATE seaworthy.instances SET seen_at = now() - interval '91 s' WHERE id <> ''");
    await upgrade(here.newer);
    assert.match((await run(here.older, ["--status"])).stdout, /outgrown/);
    await stop(instance);
  });

  test("--wait-for-drain waits until the older instance ends, and then applies it", async () => {
    const here = await scene();
    const instance = await startInstance(here, here.older, "1.0.0");
    const debug = { environment: { SEAWORTHY_LOG_LEVEL: "debug" } };
    const program = start(here.newer, ["--upgrade", "--wait-for-drain", "10m"], debug);
    await program.waitForOutput("waiting: instances older than 2.0.0 are alive: 1.0.0");
    await stop(instance);
    assertCode(await program.ended, 0);
    assert.deepEqual(await appliedIn(here.database), ["1_a", "2_b", "3_drop", "4_c"]);
  });

  test("--wait-for-drain defers it after its time limit; SIGTERM ends the wait", async () => {
    const here = await scene();
    const instance = await startInstance(here, here.older, "1.0.0");
    const debug = { environment: { SEAWORTHY_LOG_LEVEL: "debug" } };
    const waiting = start(here.newer, ["--upgrade", "--wait-for-drain", "1h"], debug);
    await waiting.waitForOutput("waiting: instances");
    await stop(waiting);
    assertCode(await waiting.ended, 143);
    assert.match((await upgrade(here.newer, ["--wait-for-drain", "1s"])).stderr, deferred);
    await stop(instance);
  });

  test("is deferred only for older instances of its own app in its own database", async () => {
    const here = await scene();
    const others = [
      await openSession(here.database, "seaworthy:shop@2.0.0"),
      await openSession(here.database, "seaworthy:shop@10.0.0"),
      await openSession(here.database, "seaworthy:shopping@1.0.0"),
      await openSession(here.database, "seaworthy:shop@1.0.0", here.database.urlWith({ database: "postgres" })),
    ];
    assert.doesNotMatch((await upgrade(here.newer)).stderr, /deferred/);
    for (const other of others) await other[Symbol.asyncDispose]();
  });

  test("an instance with an unknown version counts as old", async () => {
    const here = await scene();
    await using other = await openSession(here.database, "seaworthy:shop@");
    assert.match(
      (await upgrade(here.newer)).stderr,
      /deferred 3_drop: instances older than .* alive: of unknown version/,
    );
    await other.query("SELECT 1");
  });
});
