import assert from "node:assert/strict";
import { test } from "node:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { runContainer, startContainer } from "../../harness/container.ts";
import { createDatabase } from "../../harness/database.ts";
import { withoutRoot } from "../../harness/program.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";

/** The limit from docs/reference/limits.md, and the lower one below which Node aborts. */
const enough = 24;
const belowEnough = [23, 22, 21];
const tooMany = /too many files are open \(EMFILE\)\. Raise the container's limit of open files \(ulimit -n\)/;
const limited = (hard: number) => ({ before: `ulimit -n ${hard}` });
const show = ["sh", "-c", "ulimit -H -n"];

forEachVariant("a hard limit of open files", { skip: withoutRoot }, (variant) => {
  test("that is just enough: health is served, and the app has the container's limit", async () => {
    const app = ["sh", "-c", "ulimit -H -n; trap 'exit 7' TERM; while :; do sleep 0.01; done"];
    using container = startContainer(variant, app, limited(enough));
    await container.untilLine(String(enough));
    await container.until("health", () => container.stderr().includes("serving health on"));
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 7, signal: null });
  });

  test("that is just enough for --exec and --status", async () => {
    const exec = await runContainer(variant, ["--exec", ...show], limited(enough));
    assert.deepEqual([exec.code, exec.stdout], [0, `${enough}\n`], exec.stderr);
    const status = await runContainer(variant, ["--status"], { ...limited(enough), settings: {} });
    assert.equal(status.code, 0, status.stderr);
  });

  for (const hard of belowEnough) {
    test(`of ${hard}: seaworthy exits with a message that names the limit`, async () => {
      for (const argv of [show, ["--exec", ...show], ["--status"]]) {
        const { code, stderr, stdout } = await runContainer(variant, argv, { ...limited(hard), settings: {} });
        if (code === 0) continue;
        assert.ok(code === 78 || code === 126, `${code}: ${stderr}`);
        assert.equal(stdout, "");
        assert.match(stderr, tooMany);
        assert.doesNotMatch(stderr, /internal error|must be next to|health\.listen|at \S+:\d+:\d+/);
      }
    });
  }

  test("--upgrade applies its migrations if one connection fits as well, and otherwise names the limit", async () => {
    const database = await createDatabase();
    try {
      const migrations = scratchPath("migrations");
      mkdirSync(migrations);
      for (const name of ["a", "b", "c"]) writeFileSync(`${migrations}/1_${name}.sql`, `CREATE TABLE ${name} ();`);
      const settings = {
        app: { name: "shop", version: "1.0.0" },
        dependencies: { schema: { kind: "schema", url: database.url, migrations } },
        upgrade: { connectTimeoutSeconds: 0 },
      };
      const tables = () => database.query("SELECT relname FROM pg_class WHERE relname IN ('a', 'b', 'c') ORDER BY 1");
      for (const hard of belowEnough) {
        const { code, stderr } = await runContainer(variant, ["--upgrade"], { ...limited(hard), settings });
        if (code === 0) continue;
        assert.match(stderr, tooMany);
        assert.doesNotMatch(stderr, /internal error|Check the URL|connect EMFILE|at \S+:\d+:\d+/);
      }
      const { code, stderr } = await runContainer(variant, ["--upgrade"], { ...limited(enough + 1), settings });
      assert.equal(code, 0, stderr);
      assert.deepEqual(await tables(), [{ relname: "a" }, { relname: "b" }, { relname: "c" }]);
      const status = await runContainer(variant, ["--status"], { ...limited(enough + 1), settings });
      assert.equal(status.code, 0, status.stdout + status.stderr);
    } finally {
      await database.drop();
    }
  });

  test("that leaves too few for the connections: each reason names the limit, not the server", async () => {
    const database = await createDatabase();
    try {
      const release = (index: number) => ({
        kind: "release",
        url: `${database.url}?application_name=look${index}`,
        requires: ">=1",
      });
      const server = (index: number, url: string) => [`s${index}`, { kind: "server", url, requires: ">=1" }];
      const dependencies = {
        ...Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`d${index}`, release(index)])),
        ...Object.fromEntries([server(1, "redis://127.0.0.1:1"), server(2, "mysql://a:b@127.0.0.1:1/c")]),
      };
      const look = (hard: number) =>
        runContainer(variant, ["--status"], { ...limited(hard), settings: { dependencies } });
      const { code, stdout, stderr } = await look(enough + 4);
      assert.equal(code, 1, stdout + stderr);
      assert.match(stdout, /d\d+: cannot reach Postgres at .*: too many files are open \(EMFILE\)\. Raise .*ulimit -n/);
      assert.doesNotMatch(stdout, /connect EMFILE|Check the URL, the server/);
      // Control: with enough for all of them, no reason names the limit.
      assert.doesNotMatch((await look(256)).stdout, /EMFILE/);
    } finally {
      await database.drop();
    }
  });

  test("is also the app's without seaworthy (control)", async () => {
    const { stdout } = await runContainer(withoutSeaworthy(variant), show, limited(enough));
    assert.equal(stdout, `${enough}\n`);
  });
});
