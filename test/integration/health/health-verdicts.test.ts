import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ask, waitForAnswer } from "../../harness/endpoint.ts";
import { configuration } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { startPostgres } from "../../harness/postgres.ts";
import { startProgram } from "../../harness/program.ts";
import { closeGate, passGate, shopImage, waitForArrival } from "../upgrade/upgrading.ts";
import { parseHealthJson } from "./health-json.ts";
import { checkOf, oneMigration, schemaOnly, startApp, stop, upgrade } from "./start-app.ts";

const suite = openSuite();
after(() => suite.end());

// In parallel: seaworthy looks at a compatible database only every ten seconds.
describe("health", { concurrency: 3 }, () => {
  describe("verdicts", { concurrency: 4 }, () => {
    test("unreachable: fail before it was ever compatible, then a warning, or always fail if configured", async () => {
      const server = await startPostgres();
      const url = server.urlOf("postgres");
      await upgrade(suite, shopImage(url, "1.0.0", { "1_a": "SELECT 1;" }));
      const often = { intervalMs: 500 };
      const tolerant = await startApp(suite, { ...schemaOnly(url, often), ...oneMigration });
      const strict = await startApp(suite, {
        ...schemaOnly(url, { ...often, whenUnreachable: "fail" }),
        ...oneMigration,
      });
      await waitForAnswer(`${tolerant.url}/health`, 200);
      await waitForAnswer(`${strict.url}/health`, 200);
      // Frozen: it accepts connections, and never answers.
      process.kill(server.pid, "SIGSTOP");
      const fresh = await startApp(suite, { ...schemaOnly(url), ...oneMigration });
      const before = await waitForAnswer(`${fresh.url}/health`, 503, "unreachable");
      assert.match(
        String(checkOf(parseHealthJson(before.text), "schema")["output"]),
        /cannot reach Postgres at 127\.0\.0\.1/,
      );

      const warned = await waitForAnswer(`${tolerant.url}/health`, 200, "unreachable");
      const body = parseHealthJson(warned.text);
      assert.deepEqual([body.status, checkOf(body, "schema")["status"]], ["warn", "warn"]);
      assert.match(body.output ?? "", /schema is unreachable: cannot reach Postgres/);
      const failed = await waitForAnswer(`${strict.url}/health`, 503, "unreachable");
      assert.equal(parseHealthJson(failed.text).status, "fail");

      process.kill(server.pid, "SIGCONT");
      for (const { url } of [tolerant, strict, fresh]) {
        const { text } = await waitForAnswer(`${url}/health`, 200, '"status":"pass"');
        assert.equal(checkOf(parseHealthJson(text), "schema")["verdict"], "compatible");
      }
      await stop(tolerant.program, strict.program, fresh.program);
      await server.stop();
    });

    test("behind lists ten pending migrations in order, the number of others, and the command to run", async () => {
      const database = await suite.database();
      const names = Array.from({ length: 13 }, (_, index) => `${index + 1}_step`);
      const files = shopImage(database.url, "1.0.0", Object.fromEntries(names.map((name) => [name, "SELECT 1;"])));
      const { program, url } = await startApp(suite, files);
      const { text } = await waitForAnswer(`${url}/health`, 503, "behind");
      const body = parseHealthJson(text);
      const check = checkOf(body, "schema");
      const ten = names.slice(0, 10);
      assert.equal(check["verdict"], "behind");
      assert.deepEqual(check["pending"], ten);
      assert.equal(check["pendingCount"], 13);
      const sentence = `13 migrations are not applied: ${ten.join(", ")} and 3 more. Run this image once with --upgrade.`;
      assert.equal(check["output"], sentence);
      assert.ok(`schema is behind: ${sentence}`.startsWith(body.output ?? "?"), text);
      assert.deepEqual([check["neededValue"], check["observedValue"]], ["13_step", "nothing"]);
      await stop(program);
    });

    test("an upgrade makes the new version healthy, and the old one stays healthy", async () => {
      const database = await suite.database();
      const files = { old: { "1_a": "SELECT 1;" }, new: { "1_a": "SELECT 1;", "2_b": "SELECT 2;" } };
      const oldFiles = shopImage(database.url, "1.0.0", files.old);
      const newFiles = shopImage(database.url, "2.0.0", files.new);
      await upgrade(suite, oldFiles);
      const [older, newer] = [await startApp(suite, oldFiles), await startApp(suite, newFiles)];
      await waitForAnswer(`${older.url}/health`, 200);
      const { text } = await waitForAnswer(`${newer.url}/health`, 503, "behind");
      assert.deepEqual(checkOf(parseHealthJson(text), "schema")["pending"], ["2_b"]);
      await upgrade(suite, newFiles);
      await waitForAnswer(`${newer.url}/health`, 200);
      assert.equal((await ask(`${older.url}/health`)).status, 200);
      // The old version can also restart on the newer database.
      const again = await startApp(suite, oldFiles);
      const ahead = checkOf(parseHealthJson((await waitForAnswer(`${again.url}/health`, 200)).text), "schema");
      assert.deepEqual([ahead["neededValue"], ahead["observedValue"]], ["1_a", "2_b"]);
      await stop(older.program, newer.program, again.program);
    });

    test("upgrading: an upgrade holds the history table exclusively", async () => {
      const database = await suite.database();
      const files = shopImage(database.url, "1.0.0", { "1_a": "SELECT 1;" });
      await upgrade(suite, files);
      const exclusive = `LOCK TABLE seaworthy.migrations IN ACCESS EXCLUSIVE MODE; ${passGate}`;
      const gate = await closeGate(database);
      const migration = startProgram(["--upgrade"], {
        workingDirectory: suite.image(shopImage(database.url, "2.0.0", { "1_a": "SELECT 1;", "2_b": exclusive }))
          .folder,
      });
      await waitForArrival(database);
      const { program, url } = await startApp(suite, files);
      const { text } = await waitForAnswer(`${url}/health`, 503, "upgrading");
      const check = checkOf(parseHealthJson(text), "schema");
      assert.deepEqual([check["verdict"], check["status"]], ["upgrading", "fail"]);
      await gate.release();
      assert.equal((await migration.ended).code, 0);
      await waitForAnswer(`${url}/health`, 200);
      await stop(program);
    });

    test("unreadable: the role may not read the history, and the message has the fix", async () => {
      const database = await suite.database();
      await upgrade(suite, shopImage(database.url, "1.0.0", { "1_a": "SELECT 1;" }));
      const role = `${new URL(database.url).pathname.slice(1)}_blind`;
      await database.query(
        `REVOKE SELECT ON seaworthy.migrations FROM PUBLIC; CREATE ROLE ${role} LOGIN PASSWORD 'blind'`,
      );
      const { program, url } = await startApp(suite, {
        ...schemaOnly(database.urlWith({ user: role, password: "blind" })),
        ...oneMigration,
      });
      const { text } = await waitForAnswer(`${url}/health`, 503, "unreadable");
      assert.match(text, /permission denied for table migrations\. Grant the app's role USAGE .* and SELECT/);
      await database.query("GRANT SELECT ON seaworthy.migrations TO PUBLIC");
      await waitForAnswer(`${url}/health`, 200);
      await stop(program);
      await database.query(`DROP ROLE ${role}`);
    });

    test("release: none, and below, within and above the range", async () => {
      const database = await suite.database();
      const release = (requires: string) => ({ kind: "release", url: database.url, requires });
      const dependencies = {
        nothing: { ...release(">=1"), app: "another" },
        below: release(">=2.10"),
        within: release("^2.1"),
        above: release("<2.0"),
        unparsable: { ...release(">=1"), app: "nightly" },
      };
      await upgrade(
        suite,
        configuration({ app: { name: "shop", version: "2.9.0" }, upgrade: { ledger: database.url } }),
      );
      await upgrade(
        suite,
        configuration({ app: { name: "nightly", version: "main-abc" }, upgrade: { ledger: database.url } }),
      );
      const { program, url } = await startApp(suite, configuration({ app: { name: "shop" }, dependencies }));
      await waitForAnswer(`${url}/health/within`, 200);
      for (const [name, verdict, text] of [
        ["nothing", "behind", "no release of another is recorded, but >=1 is needed. Run another's image"],
        ["below", "behind", ">=2.10 is needed"],
        ["above", "outgrown", "<2.0"],
        ["unparsable", "unreadable", "main-abc"],
      ] as const) {
        const answer = await waitForAnswer(`${url}/health/${name}`, 503, text);
        assert.equal(checkOf(parseHealthJson(answer.text), name)["verdict"], verdict);
      }
      await stop(program);
    });
  });
});
