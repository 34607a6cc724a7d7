import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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
});
