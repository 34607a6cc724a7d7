import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { suite, test } from "node:test";
import { execa } from "execa";
import { lacksMariadb } from "./mariadb.ts";
import { withoutCluster } from "./cluster.ts";
import { processesWith } from "./proc.ts";
import { scratchPath } from "./scratch.ts";
import { endServer, spawnServer } from "./servers.ts";
import { lacking, programs } from "./services.ts";
import { waitFor } from "./wait.ts";

/** Runs a test file with `node FILE`, without the test run's Postgres. */
async function runAlone(code: string) {
  const folder = scratchPath("temporary");
  mkdirSync(folder);
  const file = scratchPath("alone.test.mjs");
  writeFileSync(file, code);
  const { NODE_TEST_CONTEXT: _, TEST_POSTGRES_URL: __, ...environment } = process.env;
  const mark = { TEST_ALONE: folder };
  const env = { ...environment, ...mark, TMPDIR: folder };
  const { exitCode, stdout } = await execa(process.execPath, [file], { env, extendEnv: false, reject: false });
  // Killed processes may take a moment to end.
  await waitFor("the end of its processes", () => processesWith(`TEST_ALONE=${folder}`).length === 0);
  return { exitCode, stdout, left: readdirSync(folder) };
}

const urlOf = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href);

const shop = `{ host: "127.0.0.1", port: 1, user: "a", password: "b" }`;
const servers = [
  ["Postgres", "./postgres.ts", "startPostgres()", false],
  ["Debian's Postgres", "./cluster.ts", "createCluster()", withoutCluster],
  ["Redis", "./services.ts", "startRedis()", lacking(programs.redis)],
  ["PgBouncer", "./services.ts", `startPgBouncer(${shop})`, lacking(programs.pgbouncer)],
  ["MariaDB", "./mariadb.ts", "startMariadb()", lacksMariadb() ?? false],
] as const;

suite("a test file that fails without stopping its server ends and leaves nothing", () => {
  for (const [name, path, call, skip] of servers) {
    test(name, { skip }, async () => {
      const start = call.slice(0, call.indexOf("("));
      const { exitCode, stdout, left } = await runAlone(`
        import { before, test } from "node:test";
        import { ${start} } from ${urlOf(path)};
        before(async () => {
          await ${call};
          console.log("the server runs");
          throw new Error("something else fails");
        });
        test("one", () => {});`);
      assert.match(stdout, /the server runs/);
      assert.match(stdout, /something else fails/);
      assert.equal(exitCode, 1);
      assert.deepEqual(left, []);
    });
  }

  test("a server that does not start", { skip: lacking(programs.redis) }, async () => {
    const { exitCode, stdout, left } = await runAlone(`
      import { test } from "node:test";
      import { startRedis } from ${urlOf("./services.ts")};
      test("one", () => startRedis({ nonsense: 1 }));`);
    assert.match(stdout, /redis ended while starting/);
    assert.equal(exitCode, 1);
    assert.deepEqual(left, []);
  });
});

test("a test file that runs by itself starts its own Postgres, which is not a leak", async () => {
  const { exitCode, stdout, left } = await runAlone(`
    import assert from "node:assert/strict";
    import { after, test } from "node:test";
    import { openSuite } from ${urlOf("./leaks.ts")};
    const suite = openSuite({ patienceMs: 100 });
    after(() => suite.end());
    test("one", async () => {
      const databases = [suite.database(), suite.database()];
      for (const database of databases) assert.equal((await (await database).query("SELECT 1 AS n"))[0].n, 1);
    });`);
  assert.equal(exitCode, 0, stdout);
  assert.deepEqual(left, []);
});

test("the control: an ordinary child keeps a process alive, a server does not", async () => {
  const kept = () => process.getActiveResourcesInfo().filter((one) => one === "ProcessWrap").length;
  const before = kept();
  const child = spawn("sleep", ["1000"]);
  assert.equal(kept(), before + 1);
  child.unref();
  const server = spawnServer(scratchPath("server"), ["sleep", "1000"]);
  assert.equal(kept(), before);
  await endServer(server, "SIGTERM");
  assert.equal(server.signalCode, "SIGTERM");
  child.kill();
});
