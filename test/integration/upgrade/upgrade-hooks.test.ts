import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { openSuite } from "../../harness/leaks.ts";
import { assertDone, startUpgrade, twoTables, upgrade } from "./run-upgrade.ts";
import { shopImage, tablesOf } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

describe("hooks", { concurrency: 4 }, () => {
  const print = `printf '%s|%s|%s\n' "$DATABASE_URL" "$SEAWORTHY_FROM" "$SEAWORTHY_TO" > seen`;

  test("get the upgrade's URL, and the old and new release", async () => {
    const database = await suite.database();
    const admin = database.urlWith({ user: "postgres" });
    const image = suite.image(
      shopImage(database.url, "1.0.0", twoTables, { url: `${admin}?x=1`, after: [["sh", "-c", print]] }),
    );
    const seen = () => readFileSync(`${image.folder}/seen`, "utf8");
    const environment = { DATABASE_URL: "the app's" };
    assertDone(await upgrade(image, environment));
    assert.equal(seen(), `${admin}?x=1||1.0.0\n`);
    image.write("seaworthy.yaml", readFileSync(`${image.folder}/seaworthy.yaml`, "utf8").replace("1.0.0", "1.1.0"));
    assertDone(await upgrade(image, environment));
    assert.equal(seen(), `${admin}?x=1|1.0.0|1.1.0\n`);
  });

  test("run before and after the migrations, and their output appears line by line while they run", async () => {
    const database = await suite.database();
    const wait = "echo first; echo second >&2; until [ -e go ]; do sleep 0.02; done; printf third";
    const image = suite.image(
      shopImage(database.url, "1.0.0", twoTables, { before: [["sh", "-c", wait]], after: [["echo", "last"]] }),
    );
    const program = startUpgrade(image);
    await program.waitForOutput("[sh] first\n");
    await program.waitForOutput("[sh] second\n");
    assert.deepEqual(await tablesOf(database), []);
    image.write("go", "");
    const ended = await program.ended;
    assertDone(ended);
    assert.match(ended.stderr, /\[sh\] third\n[^]*applied 2_b[^]*\[echo\] last\n[^]*upgraded shop/);
    assert.equal(ended.stdout, "");
  });

  for (const [title, code, says] of [
    [
      "succeeds",
      0,
      /upgrade\.before\[0\] \(sh\) has ended, but a process that it started still holds its output[^]*upgraded shop/,
    ],
    ["fails", 1, /upgrade\.before\[0\] \(sh\) failed with exit code 3\./],
  ] as const) {
    test(`one that ${title} does not delay the upgrade with a daemon that it leaves behind`, async () => {
      const database = await suite.database();
      const hook = `sh -c 'echo $$ > daemon; until [ -e go ]; do sleep 0.02; done' & echo said; exit ${code * 3}`;
      const image = suite.image(shopImage(database.url, "1.0.0", twoTables, { before: [["sh", "-c", hook]] }));
      const ended = await upgrade(image);
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, /\[sh\] said\n/);
      assert.match(ended.stderr, says);
      assert.deepEqual(await tablesOf(database), code === 0 ? ["a", "b"] : []);
      // The daemon keeps running.
      process.kill(Number(readFileSync(`${image.folder}/daemon`, "utf8")), 0);
      image.write("go", "");
    });
  }

  const tell = `printf '%s|%s|%s\n' "$SEAWORTHY_RESULT" "$SEAWORTHY_FAILED_MIGRATION" "$SEAWORTHY_ERROR" > told
cp "$SEAWORTHY_EVENT_FILE" event.json; echo "$SEAWORTHY_EVENT_FILE" > path; echo done telling`;

  test("onFailure is told what failed, after it was logged, and without secrets", async () => {
    const database = await suite.database();
    const migrations = { "1_a": "CREATE TABLE a ();", "2_b": "SELECT 1;\nSELECT 'token=abc123' FROM nowhere;" };
    const image = suite.image(
      shopImage(database.url, "1.0.0", migrations, {
        after: [["sh", "-c", "echo never"]],
        onFailure: [["sh", "-c", tell]],
      }),
    );
    const { code, stderr } = await upgrade(image);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /error: cannot apply migration 2_b [^]*\[sh\] done telling\n$/);
    assert.equal(stderr.match(/cannot apply migration 2_b/g)?.length, 1);
    const read = (name: string) => readFileSync(`${image.folder}/${name}`, "utf8");
    assert.match(
      read("told"),
      /^failure\|2_b\|cannot apply migration 2_b \(.*2_b\.sql:2:\d+\): relation "nowhere" .*\n$/,
    );
    assert.doesNotMatch(read("event.json"), /abc123/);
    const event = JSON.parse(read("event.json")) as Record<string, unknown>;
    assert.equal(event["event"], "migration-failed");
    assert.deepEqual([event["line"], event["applied"], event["rolledBack"]], [2, ["1_a"], "2_b"]);
    assert.ok(!existsSync(read("path").trim()), "the file is removed");
  });

  test("after is told what was applied", async () => {
    const database = await suite.database();
    const image = suite.image(shopImage(database.url, "1.0.0", twoTables, { after: [["sh", "-c", tell]] }));
    assertDone(await upgrade(image));
    const read = (name: string) => readFileSync(`${image.folder}/${name}`, "utf8");
    assert.equal(read("told"), "success||\n");
    const event = JSON.parse(read("event.json")) as Record<string, unknown>;
    assert.deepEqual(
      [event["event"], event["to"], event["applied"], event["deferred"]],
      ["migrated", "1.0.0", ["1_a", "2_b"], []],
    );
  });

  test("without a writable folder for temporary files, /dev/shm has the event", async () => {
    const database = await suite.database();
    const image = suite.image(shopImage(database.url, "1.0.0", twoTables, { after: [["sh", "-c", tell]] }));
    assertDone(await upgrade(image, { TMPDIR: "/proc" }));
    assert.match(readFileSync(`${image.folder}/path`, "utf8"), /^\/dev\/shm\/seaworthy-/);
  });
});
