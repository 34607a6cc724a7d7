import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, describe, test } from "node:test";
import { assertCode, run, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import {
  applied,
  endless,
  inMode,
  isLocked,
  journalModes,
  lockOf,
  shopOn,
  waitForWriter,
} from "../../fixtures/upgrade/sqlite.ts";
import { ask } from "../../harness/endpoint.ts";
import { freePort } from "../../harness/postgres.ts";
import { openSuite } from "../../harness/leaks.ts";
import { childrenOf } from "../../harness/proc.ts";
import { withoutRoot } from "../../harness/program.ts";
import { waitFor } from "../../harness/wait.ts";

const suite = openSuite();
after(() => suite.end());

const endings = {
  "a statement": { "2_slow.sql": endless },
  "a query of a module": {
    "2_slow.mjs": `export async function up({ query }) {
      await query("INSERT INTO app VALUES (2)");
      await query("UPDATE large SET text = hex(randomblob(200))");
      await query("WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count) INSERT INTO app SELECT max(n) FROM count");
    }`,
  },
} as const;

for (const mode of journalModes) {
  describe(`an upgrade that ends in the middle, in mode ${mode}`, { concurrency: 2 }, () => {
    async function startInTheMiddle(migrations: Readonly<Record<string, string>>, options = {}) {
      const file = inMode(mode);
      const image = shopOn(suite, file, { migrations: { "1_a.sql": "CREATE TABLE a (id);", ...migrations } });
      const program = start(image, ["--upgrade"], { environment: { SEAWORTHY_LOG_LEVEL: "debug" }, ...options });
      await program.waitForOutput("applying 2_slow");
      await waitForWriter(file);
      assert.equal(isLocked(lockOf(file)), true);
      return { file, image, program };
    }
    type Middle = Awaited<ReturnType<typeof startInTheMiddle>>;

    async function assertRerunCompletes({ file, image }: Middle): Promise<void> {
      await waitFor("the lock to be free", () => !isLocked(lockOf(file)));
      for (const name of ["2_slow.sql", "2_slow.mjs"]) image.write(`migrations/${name}`, "x");
      for (const name of ["2_slow.sql", "2_slow.mjs"]) image.remove(`migrations/${name}`);
      image.write("migrations/2_slow.sql", "INSERT INTO app VALUES (3);");
      await upgrade(image);
      assert.deepEqual(applied(file), ["1_a", "2_slow"]);
      assert.deepEqual(file.list("SELECT n FROM app"), [1, 3]);
      assert.deepEqual(file.list("PRAGMA integrity_check"), ["ok"]);
    }

    for (const [title, migrations] of Object.entries(endings)) {
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        test(`${signal} during ${title}: it is rolled back at once, exit 143, and looks can read the database`, async () => {
          const middle = await startInTheMiddle(migrations);
          await middle.program.signal(signal);
          const ended = await middle.program.ended;
          assertCode(ended, 143);
          assert.match(ended.stderr, /the upgrade was interrupted/);
          assert.match((await run(middle.image, ["--status"])).stdout, /1_a +behind/);
          await assertRerunCompletes(middle);
        });
      }

      test(`SIGKILL during ${title}: its process ends with it, and the next upgrade rolls back`, async () => {
        const middle = await startInTheMiddle(migrations);
        const [child] = childrenOf(await middle.program.pid());
        await middle.program.signal("SIGKILL");
        await middle.program.ended;
        await waitFor("the end of the process that writes", () => !existsSync(`/proc/${child?.pid}`));
        const status = await run(middle.image, ["--status"]);
        assert.match(status.stdout, mode === "wal" ? /1_a +behind/ : /unreadable/);
        await assertRerunCompletes(middle);
      });
    }

    test("the process that writes is killed: exit 1, and nothing is recorded", async () => {
      const middle = await startInTheMiddle(endings["a statement"]);
      const [child] = childrenOf(await middle.program.pid());
      process.kill(child?.pid ?? 0, "SIGKILL");
      const ended = await middle.program.ended;
      assertCode(ended, 1);
      assert.match(
        ended.stderr,
        /cannot apply migration 2_slow .*the upgrade lock was lost: the process .* was ended by SIGKILL/,
      );
      await assertRerunCompletes(middle);
    });

    test("meanwhile PID 1 answers probes, and ends at SIGTERM", { skip: withoutRoot }, async () => {
      const listen = `127.0.0.1:${await freePort()}`;
      const environment = { SEAWORTHY_LOG_LEVEL: "debug", SEAWORTHY_HEALTH_LISTEN: listen };
      const middle = await startInTheMiddle(endings["a statement"], { asPid1: true, environment });
      await waitFor("an answer", () =>
        ask(`http://${listen}/livez`).then(
          ({ status }) => status === 200,
          () => false,
        ),
      );
      await middle.program.signal("SIGTERM");
      assertCode(await middle.program.ended, 143);
      await assertRerunCompletes(middle);
    });
  });
}
