import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { openSession, waitUntilBlocked } from "../../fixtures/upgrade/session.ts";
import { assertCode, run, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { tool } from "../../fixtures/upgrade/tool.ts";
import { configuration } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import type { RunningProgram } from "../../harness/program.ts";
import { appOn, atGate, killAll, waits } from "./slow-tool.ts";
import { closeGate, passGate, releasesIn, waitForArrival } from "../upgrade/upgrading.ts";

const suite = openSuite();

after(() => suite.end());

describe("a statement that a tool has left running on the server", { concurrency: 3 }, () => {
  for (const [title, end] of [
    ["SIGTERM", (program: RunningProgram) => program.signal("SIGTERM")],
    ["SIGKILL", killAll],
  ] as const) {
    for (const toolName of [undefined, "the app's tool"]) {
      const named = toolName === undefined ? "that takes the name it is given" : "with a name of its own";
      test(`after ${title}, from a tool ${named}, must end before the tool starts again`, async () => {
        const database = await suite.database();
        const gate = await closeGate(database);
        const image = appOn(suite, database, { ...(toolName !== undefined && { toolName }) });
        const first = start(image, ["--upgrade"]);
        await waitForArrival(database);
        await end(first);
        const { code, stderr } = await first.ended;
        if (title === "SIGTERM") {
          assert.equal(code, 143, stderr);
          assert.match(
            stderr,
            /the upgrade was interrupted; upgrade\.migrate \(.*\) was ended, and what it has applied is kept\. A statement that it had sent may still run on the database's server, and may still be applied\./,
          );
          assert.match(
            stderr,
            /warning: still running in the database: pid \d+ \(postgres, .*ALTER TABLE a ADD COLUMN/,
          );
          assert.doesNotMatch(stderr, /rolled back|a-secret-literal/);
        }
        // The statement still runs, as the message says.
        const [left] = await atGate(database);
        assert.equal(left?.["name"], toolName ?? "seaworthy migrate shop");

        const status = await run(image, ["--status"]);
        if (toolName === undefined)
          assert.match(
            status.stdout,
            /upgrading\n\nschema: a statement of an upgrade that was ended still runs \(pid \d+\); 1 migration is not applied/,
          );

        const second = start(image, ["--upgrade"]);
        await second.waitForOutput(waits);
        const [, pid, name] = waits.exec(second.stderr()) ?? [];
        assert.deepEqual([pid, name], [String(left?.["pid"]), toolName ?? "seaworthy migrate shop"]);
        assert.doesNotMatch(second.stderr(), /the tool applied|a-secret-literal/);
        assert.equal((await atGate(database)).length, 1);
        await gate.release();
        const ended = await second.ended;
        assertCode(ended, 0);
        assert.match(ended.stderr, /the tool applied 1\n/);
        assert.deepEqual(await releasesIn(database), ["shop@1.0.0"]);
      });
    }
  }

  test("for longer than lockTimeoutSeconds: 75, with the session, how to end it, and no literal values", async () => {
    const database = await suite.database();
    const gate = await closeGate(database);
    const first = start(appOn(suite, database), ["--upgrade"]);
    await waitForArrival(database);
    await killAll(first);
    const impatient = appOn(suite, database, {
      upgrade: { lockTimeoutSeconds: 0.3, before: [["echo", "early"]], migrate: tool },
    });
    const { stderr } = await upgrade(impatient, [], 75);
    const [left] = await atGate(database);
    assert.match(
      stderr,
      new RegExp(
        `gave up after waiting 0\\.3 s for statements that an earlier run left running in the database: pid ${String(left?.["pid"])} .*SELECT pg_terminate_backend\\(${String(left?.["pid"])}\\)`,
      ),
    );
    assert.doesNotMatch(stderr, /a-secret-literal|early|the tool/);
    // The suggested command works.
    await database.query(`SELECT pg_terminate_backend(${String(left?.["pid"])})`);
    await gate.release();
    assertCode(await run(impatient, ["--upgrade"]), 0);
  });

  test("from a hook must end before hooks run again, also without upgrade.migrate", async () => {
    const database = await suite.database();
    const psql = `const { Client } = require(${JSON.stringify(join(import.meta.dirname, "../../../node_modules/pg"))});
      const client = new Client(process.env.DATABASE_URL);
      client.connect().then(() => client.query("${passGate} SELECT 1 AS hooked")).then(() => client.end())`;
    const image = suite.image({
      ...configuration({
        app: { name: "shop", version: "1.0.0" },
        dependencies: { schema: { kind: "schema", url: database.url } },
        upgrade: { before: [[process.execPath, "-e", psql]] },
      }),
      "migrations/1_a.sql": "CREATE TABLE a (id int);",
    });
    const gate = await closeGate(database);
    const first = start(image, ["--upgrade"]);
    await waitForArrival(database);
    await killAll(first);
    const second = start(image, ["--upgrade"]);
    await second.waitForOutput(/left running in the database: pid \d+ \(postgres, seaworthy hook shop, for \d+ s\)/);
    await gate.release();
    assertCode(await second.ended, 0);
  });
});

describe("upgrades do not wait for other sessions:", { concurrency: 3 }, () => {
  test("the app's own, if the app uses the upgrade's role", async () => {
    const database = await suite.database();
    await database.query("CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)");
    await using idle = await openSession(database, "the app");
    await using busy = await openSession(database, "the app");
    await using named = await openSession(database, "seaworthy migrate shop");
    await idle.query("BEGIN; UPDATE orders SET id = 2");
    const blocked = busy.query("UPDATE orders SET id = 3");
    // A pooler keeps the name of its last client.
    await named.query("SELECT 1");
    await waitUntilBlocked(database, "the app");
    const ended = await upgrade(appOn(suite, database, { sql: "CREATE TABLE b (id int);" }));
    assert.doesNotMatch(ended.stderr, /left running/);
    await idle.query("ROLLBACK");
    await blocked;
  });

  test("the app's, if the upgrade has its own role; but they wait for writes of that role", async () => {
    const database = await suite.database();
    const name = new URL(database.url).pathname.slice(1);
    const [app, owner] = [`${name}_app`, `${name}_owner`];
    await database.query(`CREATE ROLE ${app} LOGIN SUPERUSER PASSWORD 'change-me'; CREATE ROLE ${owner} LOGIN SUPERUSER PASSWORD 'change-me';
      CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)`);
    const urlOf = (user: string) => database.urlWith({ user, password: "change-me" });
    const image = appOn(suite, database, {
      url: urlOf(app),
      sql: "CREATE TABLE b (id int);",
      upgrade: { url: urlOf(owner), migrate: tool, lockTimeoutSeconds: 0.3 },
    });
    await using holder = await openSession(database, "a test", urlOf(app));
    await using session = await openSession(database, "a writer", urlOf(app));
    await using other = await openSession(database, "a reader", urlOf(owner));
    await holder.query("BEGIN; UPDATE orders SET id = 2");
    const blocked = session.query("UPDATE orders SET id = 3");
    const reading = other.query("SELECT pg_sleep(600)").catch(() => {});
    await waitUntilBlocked(database, "a writer");
    await upgrade(image);
    // The same statement by the upgrade's role.
    image.write("migrations/3_c.sql", "CREATE TABLE c (id int);");
    await using late = await openSession(database, "a late writer", urlOf(owner));
    await late.query("BEGIN; INSERT INTO orders VALUES (9)");
    const waiting = late.query("UPDATE orders SET id = 4");
    await waitUntilBlocked(database, "a late writer");
    const { stderr } = await upgrade(image, [], 75);
    assert.match(stderr, new RegExp(`${owner}, a late writer, for \\d+ s\\): UPDATE orders SET id = \\?`));
    assert.doesNotMatch(stderr, /a reader/);
    await holder.query("ROLLBACK");
    await Promise.all([blocked, waiting]);
    await late.query("COMMIT");
    await database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'a reader'");
    await reading;
    await upgrade(image);
    await database.query(`REASSIGN OWNED BY ${owner} TO postgres; REASSIGN OWNED BY ${app} TO postgres`);
    await Promise.all([holder, session, late].map((one) => one[Symbol.asyncDispose]()));
    await database.query(`DROP OWNED BY ${owner}, ${app}; DROP ROLE ${owner}, ${app}`);
  });

  test("a command gets the session name from PGAPPNAME, unless that is already set", async () => {
    const database = await suite.database();
    const show = ["sh", "-c", "echo name: $PGAPPNAME"];
    const own = { command: show, environment: { PGAPPNAME: "mine" } };
    const image = appOn(suite, database, { sql: "SELECT 1;", upgrade: { before: [show, own], migrate: tool } });
    const ended = await run(image, ["--upgrade"], { environment: { PGAPPNAME: "the container's" } });
    assertCode(ended, 0);
    assert.match(ended.stderr, /name: seaworthy hook shop\n[^]*name: mine\n/);
  });
});
