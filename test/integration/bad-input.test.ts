import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ask, endpointOf, waitForAnswer } from "../harness/endpoint.ts";
import { configuration } from "../harness/image.ts";
import { openSuite } from "../harness/leaks.ts";
import { runProgram, startProgram, type Ended } from "../harness/program.ts";
import type { FailingInvocation } from "./failing-invocation.ts";
import { failingInvocations } from "./failing.ts";
import { openPlaces } from "./places.ts";

const suite = openSuite();
const database = await suite.database();
const places = await openPlaces(database.url, { wrongPassword: database.urlWith({ password: "wrong" }) });
after(async () => {
  places.close();
  await suite.end();
});

describe(
  "a failing invocation has its exit code, and a line with cause, key, value and fix",
  { concurrency: 4 },
  () => {
    for (const invocation of failingInvocations({
      ...places,
      wrongPassword: database.urlWith({ password: "wrong" }),
    })) {
      test(invocation.name, async () => assertFails(invocation));
    }

    test("control: a correct invocation works", async () => {
      const { folder } = suite.image({
        ...configuration({ dependencies: { db: { kind: "schema", url: database.url, table: "seaworthy.control" } } }),
        "migrations/1_a.sql": "SELECT 1;",
      });
      const { code, stderr } = await runProgram(["--upgrade"], { workingDirectory: folder });
      assert.equal(code, 0, stderr);
    });
  },
);

test("none of these has changed the database", async () => {
  const [row] = await database.query("SELECT count(*)::int AS applied FROM seaworthy.migrations");
  assert.deepEqual(row, { applied: 0 });
  assert.deepEqual(await database.query("SELECT * FROM seaworthy.releases"), []);
});

async function assertFails({
  argv,
  files,
  environment = {},
  code,
  says,
  further = [],
}: FailingInvocation): Promise<void> {
  const { folder } = suite.image(files);
  const ended = await runProgram(argv, { workingDirectory: folder, environment });
  const errors = errorsOf(ended);
  assert.equal(ended.code, code, ended.stderr);
  assert.equal(ended.stdout, "");
  assert.doesNotMatch(ended.stderr, /internal error/);
  assertInOrder(errors[0] ?? "", says);
  assertInOrder(errors.slice(1).join("\n"), further);
}

/** Each error is one line. Continuation lines would be indented. */
function errorsOf({ stderr }: Ended): readonly string[] {
  const lines = stderr.split("\n").filter((line) => line !== "");
  for (const line of lines) assert.match(line, /^(seaworthy: |\[)/);
  return lines.filter((line) => line.startsWith("seaworthy: error: "));
}

function assertInOrder(line: string, parts: readonly string[]): void {
  let from = 0;
  for (const part of parts) {
    const at = line.indexOf(part, from);
    assert.notEqual(at, -1, `expected ${JSON.stringify(part)} after character ${from} of: ${line}`);
    from = at + part.length;
  }
}

describe("a migration with a syntax error", { concurrency: 4 }, () => {
  const bom = "\uFEFF";
  const shape = "CREATE TABLE thing (id int);";
  const cases: readonly { readonly name: string; readonly sql: string; readonly place: string }[] = [
    { name: "in the first line", sql: "SELEC 1;", place: "1:1" },
    { name: "after lines", sql: `${shape}\n\n  SELEC 1;\n`, place: "3:3" },
    { name: "after CRLF", sql: `${shape}\r\n\r\n  SELEC 1;\r\n`, place: "3:3" },
    { name: "after a byte order mark", sql: `${bom}SELEC 1;`, place: "1:1" },
    { name: "after letters of two and three bytes", sql: "-- größer als 日本\nSELECT 'é日'; SELEC 1;", place: "2:14" },
    { name: "after characters of four bytes", sql: "-- 🚢🚢\nSELECT '🚢🚢'; SELEC 1;", place: "2:14" },
    { name: "after all of these", sql: `${bom}-- 🚢 größer\r\n${shape}\r\nSELECT '🚢é'; SELEC 1;`, place: "3:14" },
    { name: "at the end", sql: `${shape}\nSELECT 1 +`, place: "2:11" },
  ];
  for (const { name, sql, place } of cases) {
    test(`${name}: the place, and the applied and pending migrations`, async () => {
      const database = await suite.database();
      const { folder } = suite.image({
        ...configuration({
          app: { version: "1.0.0" },
          dependencies: { db: { kind: "schema", url: database.url } },
        }),
        "migrations/1_good.sql": "CREATE TABLE good ();",
        "migrations/2_bad.sql": sql,
        "migrations/3_later.sql": "CREATE TABLE later ();",
        "migrations/4_last.sql": "CREATE TABLE last ();",
      });
      const ended = await runProgram(["--upgrade"], { workingDirectory: folder });
      const [first = "", ...further] = errorsOf(ended);
      assert.equal(ended.code, 1, ended.stderr);
      assertInOrder(first, [
        "cannot apply migration 2_bad (",
        `/migrations/2_bad.sql:${place})`,
        "syntax error",
        "42601",
      ]);
      assert.deepEqual(further.slice(-3), [
        "seaworthy: error: applied before it, and kept: 1_good",
        "seaworthy: error: rolled back: 2_bad",
        "seaworthy: error: not run: 3_later, 4_last",
      ]);
      assert.deepEqual(await tablesOf(database), ["good"]);
      assert.deepEqual(await database.query("SELECT name FROM seaworthy.migrations"), [{ name: "1_good" }]);
      assert.deepEqual(await database.query("SELECT * FROM seaworthy.releases"), []);
    });
  }
});

async function tablesOf(database: { query: (sql: string) => Promise<readonly Record<string, unknown>[]> }) {
  const rows = await database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
  return rows.map(({ tablename }) => tablename);
}

test("a hook that fails after the migrations: they are kept, the release is not recorded, and a rerun completes", async () => {
  const database = await suite.database();
  const image = suite.image({
    ...configuration({
      app: { name: "shop", version: "1.0.0" },
      dependencies: { db: { kind: "schema", url: database.url } },
      upgrade: { after: [["sh", "./after"]] },
    }),
    "migrations/1_a.sql": "CREATE TABLE a ();",
    after: "echo cleaning; exit 4",
  });
  const failed = await runProgram(["--upgrade"], { workingDirectory: image.folder });
  assert.equal(failed.code, 1);
  assertInOrder(errorsOf(failed)[0] ?? "", ["upgrade.after[0] (sh) failed with exit code 4", "not recorded"]);
  assert.deepEqual(await tablesOf(database), ["a"]);
  assert.deepEqual(await database.query("SELECT * FROM seaworthy.releases"), []);

  image.write("after", "exit 0");
  const rerun = await runProgram(["--upgrade"], { workingDirectory: image.folder });
  assert.equal(rerun.code, 0, rerun.stderr);
  assert.deepEqual(await database.query("SELECT app, version FROM seaworthy.releases"), [
    { app: "shop", version: "1.0.0" },
  ]);
});

test("in run mode the app starts even if a database is down: health is 503 and unreachable", async () => {
  const { folder } = suite.image({
    ...configuration({ dependencies: { db: { kind: "schema", url: places.down } } }),
    "migrations/1_a.sql": "SELECT 1;",
  });
  const program = startProgram(["sh", "-c", "echo the app runs; exec sleep 1000"], { workingDirectory: folder });
  const url = await endpointOf(program);
  await program.waitForOutput("the app runs");
  const { text } = await waitForAnswer(`${url}/health`, 503, "unreachable");
  assert.match(text, /cannot reach Postgres at 127\.0\.0\.1:\d+\/.*connection refused/);
  assert.equal((await ask(`${url}/livez`)).status, 200);
  await program.signal("SIGTERM");
  assert.equal((await program.ended).code, 143);
});
