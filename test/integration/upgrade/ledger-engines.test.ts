import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assertCode, run, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { configuration, type Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { waitFor } from "../../harness/wait.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());

let made = 0;
const engines = [
  { title: "Postgres", skip: undefined, create: async () => (await suite.database()).url },
  {
    title: "MariaDB",
    skip: lacksMariadb(),
    async create() {
      const name = `ledger_${++made}`;
      await mariadb().run(`CREATE DATABASE ${name}`);
      return mariadb().url.replace(/shop$/, name);
    },
  },
  { title: "SQLite", skip: undefined, create: async () => `sqlite:${scratchPath("ledger.db")}` },
] as const;

const log = (text: string) => `#!/bin/sh\necho ${text} >> "$PWD/log"\n`;
const logOf = ({ folder }: Image) => (existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8") : "");

function appOn(ledger: string, programs: Readonly<Record<string, string>>): Image {
  const image = suite.image(
    configuration({
      app: { name: "shop", version: "1.0.0" },
      dependencies: { steps: { kind: "schema" }, shop: { kind: "release" } },
      upgrade: { ledger },
    }),
  );
  for (const [name, text] of Object.entries(programs)) image.writeProgram(`migrations/${name}`, text);
  return image;
}

for (const { title, skip, create } of engines) {
  describe(
    `programs of an app without a database, with the ledger in ${title}`,
    { skip: skip ?? false, concurrency: 2 },
    () => {
      test("run once, and health sees them", async () => {
        const image = appOn(await create(), { "1_a.sh": log("a"), "2_b.sh": log("b") });
        assert.equal((await run(image, ["--status"])).code, 1);
        assert.match((await run(image, ["--plan"])).stdout, /2 to apply[^]*1_a +\(.*a program/);
        for (const ended of await Promise.all([1, 2, 3].map(() => start(image, ["--upgrade"]).ended)))
          assertCode(ended, 0);
        assert.equal(logOf(image), "a\nb\n");
        assert.equal((await run(image, ["--status"])).code, 0);
        assert.match((await upgrade(image)).stderr, /nothing to do/);
      });

      test("one that fails is dirty, and its correction is run", async () => {
        const image = appOn(await create(), { "1_a.sh": `${log("tried")}exit 3\n` });
        assert.match((await upgrade(image, [], 1)).stderr, /the migration 1_a .* failed with exit code 3/);
        assert.match((await run(image, ["--status"])).stdout, /dirty[^]*the migration 1_a is unfinished/);
        image.writeProgram("migrations/1_a.sh", log("corrected"));
        await upgrade(image);
        assert.equal(logOf(image), "tried\ncorrected\n");
      });

      for (const name of ["SIGTERM", "SIGKILL"] as const)
        test(`one that was running at a ${name} is run again`, async () => {
          const wait = `${log("begun")}until [ -e "$PWD/go" ]; do sleep 0.02; done\necho end >> "$PWD/log"\n`;
          const image = appOn(await create(), { "1_a.sh": wait });
          const program = start(image, ["--upgrade"]);
          await waitFor("the program", async () => logOf(image) === "begun\n");
          await program.signal(name);
          await program.ended;
          image.writeProgram("migrations/1_a.sh", log("again"));
          image.write("go", "");
          if (name === "SIGKILL") await waitFor("its end", async () => logOf(image).includes("end\n"));
          await upgrade(image);
          assert.match(logOf(image), /again\n$/);
          assert.equal((await run(image, ["--status"])).code, 0);
        });
    },
  );
}
