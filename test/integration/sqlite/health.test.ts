import assert from "node:assert/strict";
import { copyFileSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { assertCode, run, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { applied, inMode, journalModes, shopOn, sqliteFile } from "../../fixtures/upgrade/sqlite.ts";
import { endpointOf, waitForAnswer } from "../../harness/endpoint.ts";
import { openSuite } from "../../harness/leaks.ts";
import { withoutRoot } from "../../harness/program.ts";

const suite = openSuite();
after(() => suite.end());

const one = { "1_a.sql": "CREATE TABLE a (id);" };

for (const mode of journalModes) {
  describe(`health of a database in mode ${mode}`, { concurrency: 2 }, () => {
    test("is 503 while it is behind, and 200 soon after the upgrade", async () => {
      const file = inMode(mode);
      const settings = {
        dependencies: {
          schema: { kind: "schema", url: file.url, intervalMs: 200 },
          self: { kind: "release", url: file.url, intervalMs: 200 },
        },
      };
      const image = shopOn(suite, file, { migrations: one, settings });
      const program = start(image, ["sleep", "1000"]);
      const health = `${await endpointOf(program)}/health`;
      await waitForAnswer(health, 503, "1 migration is not applied: 1_a");
      // The app has the file open, as any app does.
      const app = new DatabaseSync(file.path);
      app.exec("INSERT INTO app VALUES (2)");
      await upgrade(image);
      await waitForAnswer(health, 200);
      app.close();
      await program.signal("SIGTERM");
      await program.ended;
    });
  });
}

test("the self-contained program starts its own process for the database", { skip: withoutRoot }, async () => {
  const file = inMode("wal");
  const image = shopOn(suite, file, { migrations: one });
  assertCode(await run(image, ["--upgrade"], { build: "program" }), 0);
  assert.deepEqual(applied(file), ["1_a"]);
});

test("a look at a copy with a log, but without its index, creates no file, and says what to do", async () => {
  const original = inMode("wal");
  await upgrade(shopOn(suite, original, { migrations: one }));
  const app = new DatabaseSync(original.path);
  app.exec("INSERT INTO app VALUES (2)");
  const copy = sqliteFile();
  for (const ending of ["", "-wal"]) copyFileSync(`${original.path}${ending}`, `${copy.path}${ending}`);
  app.close();
  const before = readdirSync(dirname(copy.path));
  const image = shopOn(suite, copy, { migrations: one });
  for (const argv of ["--status", "--plan"]) await run(image, [argv]);
  assert.deepEqual(readdirSync(dirname(copy.path)), before);
  assert.match(
    (await run(image, ["--status"])).stdout,
    /it has a log \(-wal\) without its index[^]*start the app, or run --upgrade/,
  );
  assert.match((await upgrade(image)).stderr, /nothing to do/);
  new DatabaseSync(copy.path).prepare("SELECT * FROM app").all();
  assert.equal((await run(image, ["--status"])).code, 0);
});
