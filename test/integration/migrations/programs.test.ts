import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assertCode, run, shopFiles, start, upgrade, type ShopOptions } from "../../fixtures/upgrade/shop.ts";
import type { Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { waitFor } from "../../harness/wait.ts";
import { appliedIn, lockHolder, releasesIn } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

type Migrations = ShopOptions["migrations"];

/** An app with SQL migrations and programs. */
async function shop(programs: Readonly<Record<string, string>>, migrations: Migrations = {}, more: object = {}) {
  const database = await suite.database();
  const image = suite.image(shopFiles({ url: database.url, migrations, ...more }));
  for (const [name, text] of Object.entries(programs)) image.writeProgram(`migrations/${name}`, text);
  return { database, image };
}

const log = (text: string) => `#!/bin/sh\necho ${text} >> "$PWD/log"\n`;
const logOf = ({ folder }: Image) => (existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8") : "");

describe("migrations that are programs", { concurrency: 4 }, () => {
  test("run in order with the others, once, with the environment of a hook", async () => {
    const seen = `#!/bin/sh\necho "$DATABASE_URL|$SEAWORTHY_FROM|$SEAWORTHY_TO|$MINE" >> "$PWD/log"\n`;
    const { database, image } = await shop(
      { "2_b.sh": seen, "4_d": "#!/usr/bin/env node\nconsole.log('from a program');\n" },
      { "1_a.sql": "CREATE TABLE a (id int);", "3_c.sql": "CREATE TABLE c (id int);" },
    );
    const plan = await run(image, ["--plan"]);
    assert.equal(plan.code, 3, plan.stderr);
    assert.match(
      plan.stdout,
      /expand +1_a +\(.*\n +expand +2_b +\(\d+ B, a program\)\n.*3_c.*\n.*4_d +\(\d+ B, a program\)/,
    );
    const { stderr } = await run(image, ["--upgrade"], { environment: { MINE: "given" } });
    assert.match(stderr, /applied 2_b in \d+ ms[^]*\[4_d\] from a program\n[^]*applied 4_d[^]*upgraded shop/);
    assert.deepEqual(await appliedIn(database), ["1_a", "2_b", "3_c", "4_d"]);
    assert.equal(logOf(image), `${database.url}||1.0.0|given\n`);
    assert.equal((await run(image, ["--status"])).code, 0);
    assert.match((await upgrade(image)).stderr, /nothing to do/);
    assert.equal(logOf(image).split("\n").length, 2);
  });

  for (const [line, says] of [
    ["#!/usr/bin/env no-such-thing", /2_b\.sh: its interpreter no-such-thing is not in PATH\. Install it/],
    ["#! /usr/bin/env -S A=1 -u B no-such-thing run --now", /its interpreter no-such-thing is not in PATH/],
    ["#!/usr/bin/env --split-string=no-such-thing run", /its interpreter no-such-thing is not in PATH/],
    ["#!/usr/bin/env /no/such/thing", /its interpreter \/no\/such\/thing is not in PATH/],
    ["#!/usr/bin/env sh -e", /env would look for one program named “sh -e”\. Write the option -S/],
    ["#!/usr/bin/env sh\r", /its first line \(#!\) ends with a carriage return/],
    ["#!/bin/sh -e\r", /its first line \(#!\) ends with a carriage return/],
  ] as const)
    test(`${JSON.stringify(line)} is refused before anything is run`, async () => {
      const { database, image } = await shop(
        { "2_b.sh": `${line}\n` },
        { "1_a.sql": "CREATE TABLE a (id int);" },
        { upgrade: { before: [["sh", "-c", 'echo hook >> "$PWD/log"']] } },
      );
      assert.match((await upgrade(image, [], 78)).stderr, says);
      assert.deepEqual(await appliedIn(database), []);
      assert.equal(logOf(image), "");
    });

  test("env with options is understood", async () => {
    const { database, image } = await shop({
      "1_a.sh": '#!/usr/bin/env -S -u HOME WORD=of-env sh -e\necho "$WORD" >> "$PWD/log"\n',
      "2_b.sh": '#!/usr/bin/env sh\necho b >> "$PWD/log"\n',
    });
    await upgrade(image);
    assert.equal(logOf(image), "of-env\nb\n");
    assert.deepEqual(await appliedIn(database), ["1_a", "2_b"]);
  });

  test("one that fails: exit 1, the schema is dirty, and the corrected file is run from its beginning", async () => {
    const { database, image } = await shop({ "2_b.sh": `${log("tried")}exit 3\n`, "3_c.sh": log("c") });
    const { stderr } = await upgrade(image, [], 1);
    assert.match(
      stderr,
      /the migration 2_b \(.*2_b\.sh\) failed with exit code 3\. Its changes are kept, and the next --upgrade/,
    );
    assert.match(stderr, /not rolled back, to be run again: 2_b\n.*not run: 3_c/);
    assert.deepEqual(await releasesIn(database), []);
    const status = await run(image, ["--status"]);
    assert.equal(status.code, 1);
    assert.match(status.stdout, /dirty[^]*the migration 2_b is unfinished\. Run this image once with --upgrade/);
    assert.match((await run(image, ["--plan"])).stdout, /2_b +\(.*a program, begun: it is run again\)/);
    image.writeProgram("migrations/2_b.sh", log("corrected"));
    await upgrade(image);
    assert.equal(logOf(image), "tried\ncorrected\nc\n");
    assert.equal((await run(image, ["--status"])).code, 0);
  });

  for (const [name, code] of [
    ["SIGTERM", 143],
    ["SIGKILL", null],
  ] as const)
    test(`${name} in the middle of one: it stays begun, and is run again`, async () => {
      const wait = `${log("begun")}until [ -e "$PWD/go" ]; do sleep 0.02; done\necho end >> "$PWD/log"\n`;
      const { database, image } = await shop({ "2_b.sh": wait });
      const program = start(image, ["--upgrade"]);
      await waitFor("the program", async () => logOf(image) === "begun\n");
      await program.signal(name);
      assert.equal((await program.ended).code, code);
      await waitFor("the lock's end", async () => (await lockHolder(database)) === undefined);
      assert.equal((await run(image, ["--status"])).code, 1);
      image.writeProgram("migrations/2_b.sh", log("again"));
      // After SIGKILL, the program goes on outside of a container: nothing ends it with seaworthy.
      image.write("go", "");
      if (name === "SIGKILL") await waitFor("its end", async () => logOf(image).includes("end\n"));
      await upgrade(image);
      assert.equal(logOf(image), name === "SIGKILL" ? "begun\nend\nagain\n" : "begun\nagain\n");
      assert.deepEqual(await appliedIn(database), ["2_b"]);
    });

  test("three upgrades at once run one once", async () => {
    const { image } = await shop({ "1_a.sh": log("a"), "2_b.sh": log("b") });
    const ends = await Promise.all([1, 2, 3].map(() => start(image, ["--upgrade"]).ended));
    for (const ended of ends) assertCode(ended, 0);
    assert.equal(logOf(image), "a\nb\n");
  });

  test("drift is found, in a program that was applied", async () => {
    const { image } = await shop({ "1_a.sh": log("a") });
    await upgrade(image);
    image.writeProgram("migrations/1_a.sh", log("changed"));
    image.write("migrations/2_b.sql", "CREATE TABLE b (id int);");
    assert.match((await upgrade(image, [], 78)).stderr, /the migration 1_a was changed after it was applied/);
    await upgrade(image, ["--accept-drift", "1_a"]);
    assert.equal(logOf(image), "a\n");
  });

  test("--baseline records them without running them", async () => {
    const { database, image } = await shop({ "1_a.sh": log("a"), "2_b.sh": log("b") });
    assertCode(await run(image, ["--baseline", "1_a"]), 0);
    await upgrade(image);
    assert.deepEqual(await appliedIn(database), ["1_a", "2_b"]);
    assert.equal(logOf(image), "b\n");
  });

  test("one with a contract directive is deferred and has a floor like others", async () => {
    const contract = "#!/bin/sh\n# seaworthy: contract 1.0.0\necho removed >> log\n";
    const { database, image } = await shop({ "2_b.sh": contract }, { "1_a.sql": "CREATE TABLE a (id int);" });
    assert.match(
      (await run(image, ["--plan"])).stdout,
      /contract +2_b +\(.*leaves apps from 1\.0\.0 on working, a program/,
    );
    await upgrade(image);
    const rows = await database.query("SELECT name, floor FROM seaworthy.migrations ORDER BY name");
    assert.deepEqual(rows, [
      { name: "1_a", floor: null },
      { name: "2_b", floor: "1.0.0" },
    ]);
  });

  test("one that cannot be run is refused with 78 before anything is run", async () => {
    const { database, image } = await shop(
      { "2_b.sh": "#!/no/such/shell\n" },
      { "1_a.sql": "CREATE TABLE a (id int);" },
    );
    for (const flag of ["--plan", "--upgrade"]) {
      const { code, stderr } = await run(image, [flag]);
      assert.equal(code, 78, stderr);
      assert.match(stderr, /cannot run the migration \S+2_b\.sh: its interpreter \/no\/such\/shell does not exist/);
    }
    chmodSync(join(image.folder, "migrations/2_b.sh"), 0o644);
    assert.match((await upgrade(image, [], 78)).stderr, /2_b\.sh: it is a program without its run bit/);
    assert.deepEqual(await database.query("SELECT 1 FROM pg_tables WHERE tablename = 'a'"), []);
  });

  test("in place of a SQL migration that was begun, it is refused", async () => {
    const { image } = await shop(
      {},
      { "1_a.sql": "-- seaworthy: no-transaction\nCREATE TABLE a (id int); SELECT 1/0;" },
    );
    await upgrade(image, [], 1);
    image.remove("migrations/1_a.sql");
    image.writeProgram("migrations/1_a.sh", log("a"));
    assert.match(
      (await upgrade(image, [], 78)).stderr,
      /the migration 1_a was begun as SQL, and its first statement is done\. Put the SQL file back/,
    );
    assert.equal(logOf(image), "");
  });
});
