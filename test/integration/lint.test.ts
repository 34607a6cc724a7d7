import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { shopFiles } from "../fixtures/upgrade/shop.ts";
import { configuration } from "../harness/image.ts";
import { openSuite } from "../harness/leaks.ts";
import { runProgram } from "../harness/program.ts";
import { createLint } from "./linting.ts";

const suite = openSuite();
after(() => suite.end());

const lint = createLint(suite);
const create = "CREATE TABLE a (id int, b int);";
const drop = "ALTER TABLE a DROP COLUMN b;";

describe("--lint", { concurrency: 4 }, () => {
  test("the folder ./migrations without any configuration: exit 3", async () => {
    const files = { "migrations/1_a.sql": create, "migrations/2_b.sql": drop };
    const { code, rules } = await lint(files);
    assert.equal(code, 3);
    assert.deepEqual(rules, [["migrations/1_a.sql"], ["migrations/2_b.sql", "drop-column"]]);
  });

  test("no findings: exit 0", async () => {
    const { code, report } = await lint({ "migrations/1_a.sql": create });
    assert.equal(code, 0);
    assert.equal(report.findings, 0);
  });

  test("the text names file, line and column, and the way to do it instead", async () => {
    const { folder } = suite.image({ "migrations/1_a.sql": `${create}\n\nDROP TABLE old;` });
    const { code, stdout, stderr } = await runProgram(["--lint"], { workingDirectory: folder });
    assert.equal(code, 3);
    assert.match(stdout, /^migrations\/1_a\.sql:3:1: DROP TABLE .* \[drop-table\]\n {2}instead: /m);
    assert.match(stdout, /\n1 finding in 1 migration\n$/);
    assert.equal(stderr, "");
  });

  test("FILE: only these files and folders, each once", async () => {
    const files = { "migrations/1_a.sql": drop, "migrations/2_b.sql": drop, "more/3_c.sql": drop };
    const { rules } = await lint(files, ["migrations/2_b.sql", "more", "more/3_c.sql"]);
    assert.deepEqual(
      rules.map(([path]) => path),
      ["migrations/2_b.sql", "more/3_c.sql"],
    );
  });

  test("--together: what one file creates is not in use in the next", async () => {
    const files = { "migrations/1_a.sql": create, "migrations/2_b.sql": `${drop} DROP TABLE old;` };
    const { code, rules } = await lint(files, ["--together"]);
    assert.equal(code, 3);
    assert.deepEqual(rules, [["migrations/1_a.sql"], ["migrations/2_b.sql", "drop-table"]]);
  });

  test("files are taken in the order in which they are applied, as git names them by letters", async () => {
    const files = { "m/2_a.sql": create, "m/10_b.sql": drop, "p/2_a/up.sql": create, "p/3_b/up.sql": drop };
    const argv = ["--together", "m/10_b.sql", "m/2_a.sql", "p/3_b/up.sql", "p/2_a/up.sql"];
    const { code, rules } = await lint(files, argv);
    assert.deepEqual(rules, [["m/2_a.sql"], ["m/10_b.sql"], ["p/2_a/up.sql"], ["p/3_b/up.sql"]]);
    assert.equal(code, 0);
  });

  test("secrets that are not mounted on this machine are not needed", async () => {
    const { folder } = suite.image({ "migrations/1_a.sql": create });
    const environment = { DATABASE_URL_FILE: "/no/such/secret" };
    const { code, stderr } = await runProgram(["--lint"], { workingDirectory: folder, environment });
    assert.equal(code, 0, stderr);
  });

  test("the folders of the configuration, though its variables are not set", async () => {
    const dependencies = {
      one: { kind: "schema", url: "${NO_SUCH_URL}", migrations: "./db/one" },
      two: { kind: "schema", url: "${NO_SUCH_URL}", migrations: "./db/two" },
      cache: { kind: "tcp", address: "${NO_SUCH_HOST}:1" },
    };
    const files = { ...configuration({ dependencies }), "db/one/1_a.sql": drop, "db/two/1_b.sql": create };
    const { code, rules } = await lint(files);
    assert.equal(code, 3);
    assert.deepEqual(rules, [["db/one/1_a.sql", "drop-column"], ["db/two/1_b.sql"]]);
  });

  test("a contract migration may break older versions, but not block a table", async () => {
    const sql = `-- seaworthy: contract 2.0.0\n${drop}\nCREATE INDEX a_id ON a (id);`;
    const { report, rules } = await lint({ "migrations/1_a.sql": sql });
    assert.equal(report.migrations[0]?.tier, "contract");
    assert.deepEqual(rules, [["migrations/1_a.sql", "add-index"]]);
  });

  test("what is allowed is listed with its reason, and does not fail it", async () => {
    const { code, report } = await lint({
      "migrations/1_a.sql": `-- seaworthy: allow drop-column because no version reads it\n${drop}`,
    });
    assert.equal(code, 0);
    assert.partialDeepStrictEqual(report.migrations[0]?.allowed, [
      { rule: "drop-column", reason: "no version reads it" },
    ]);
  });

  for (const [url, sql, rule] of [
    ["mysql://h/d", "ALTER TABLE `a` DROP `b`; # a comment", "drop-column"],
    ["sqlite:/data/app.db", "ALTER TABLE [a] DROP COLUMN [b];", "drop-column"],
  ] as const) {
    test(`${url}: linted by its rules, and marked as read without a grammar`, async () => {
      const dependencies = { db: { kind: "schema", url } };
      const files = { ...configuration({ dependencies }), "migrations/1_a.sql": sql };
      const { code, report, rules } = await lint(files);
      assert.equal(code, 3);
      assert.deepEqual(rules, [["migrations/1_a.sql", rule]]);
      assert.equal(report.migrations[0]?.linted, true);
      assert.equal(report.migrations[0]?.grammar, false);
      const { folder } = suite.image(files);
      for (const format of ["text", "github", "sarif", "markdown"]) {
        const { stdout } = await runProgram(["--lint", "--format", format], { workingDirectory: folder });
        assert.match(stdout, /without a grammar/, format);
      }
    });

    test(`${url}: an allowed finding, and a contract migration`, async () => {
      const dependencies = { db: { kind: "schema", url } };
      const { code, report } = await lint({
        ...configuration({ dependencies }),
        "migrations/1_a.sql": `-- seaworthy: allow drop-column because no version reads it\n${sql}`,
        "migrations/2_b.sql": `-- seaworthy: contract 2.0.0\n${sql}`,
      });
      assert.equal(code, 0);
      assert.equal(report.migrations[0]?.allowed[0]?.reason, "no version reads it");
      assert.equal(report.migrations[1]?.tier, "contract");
    });
  }

  test("control: migrations for Postgres are not marked", async () => {
    const { report, stdout } = await lint({ "migrations/1_a.sql": create });
    assert.equal(report.migrations[0]?.grammar, true);
    assert.doesNotMatch(stdout, /without a grammar/);
  });

  test("every unreadable file is named, and all others are linted: exit 78", async () => {
    const files = {
      "more/1_a.sql": "-- seaworthy: no-transction\nSELECT 1;",
      "more/2_b.sql": Buffer.from([0x53, 0xff]),
      "more/3_c.sql": drop,
      "more/4_d.sql": "-- seaworthy: allow drop-tabel because it is small\nDROP TABLE a;",
      "more/5_e.sql": "BEGIN; SELECT 1; COMMIT;",
    };
    const { code, rules, report, stderr } = await lint(files, ["more", "nowhere.sql"]);
    assert.equal(code, 78);
    assert.deepEqual(rules, [["more/3_c.sql", "drop-column"]]);
    const expected = [
      ["more/1_a.sql", 1, /unknown directive "no-transction"; did you mean no-transaction\?/],
      ["more/2_b.sql", undefined, /UTF-8/],
      ["more/4_d.sql", 1, /no such lint rule; did you mean drop-table\?/],
      ["more/5_e.sql", 1, /BEGIN/],
      ["nowhere.sql", undefined, /does not exist/],
    ] as const;
    assert.equal(report.unreadable.length, expected.length);
    for (const [path, line, message] of expected) {
      const found = report.unreadable.find((one) => one.path === path);
      assert.match(found?.message ?? "", message);
      if (line !== undefined) assert.equal(found?.line, line);
      assert.ok(stderr.includes(path), stderr);
    }
  });

  for (const [name, files, argv, message] of [
    ["nothing to lint", {}, [], /there is nothing to lint/],
    ["an empty folder", { "empty/README.md": "" }, ["empty"], /empty: it holds no migration/],
    ["a configuration that cannot be parsed", { "seaworthy.yaml": "a: [" }, [], /cannot parse YAML/],
  ] as const) {
    test(`${name}: exit 78`, async () => {
      const { folder } = suite.image(files);
      const { code, stderr } = await runProgram(["--lint", ...argv], { workingDirectory: folder });
      assert.equal(code, 78);
      assert.match(stderr, message);
    });
  }

  test("it needs no network: with a URL of a server that does not answer, it is as with none", async () => {
    const dependencies = { db: { kind: "schema", url: "postgres://shop@192.0.2.1/shop" } };
    const { code } = await lint({ ...configuration({ dependencies }), "migrations/1_a.sql": create });
    assert.equal(code, 0);
  });
});

describe("--plan has the same findings, and the same formats", { concurrency: 2 }, () => {
  const second = `-- seaworthy: allow add-index because the table is small
DROP TABLE IF EXISTS a; CREATE INDEX c_id ON c (id); ALTER TABLE c ALTER id TYPE bigint;`;
  const files = (url: string, migrations: Record<string, string>) => shopFiles({ url, migrations });
  const first = { "1_a.sql": "CREATE TABLE a (id int); CREATE TABLE c (id int);" };

  test("for the migrations after those that are applied", async () => {
    const database = await suite.database();
    const { folder, write } = suite.image(files(database.url, first));
    const run = (...argv: string[]) => runProgram(argv, { workingDirectory: folder });
    assert.equal((await run("--upgrade")).code, 0);
    write("migrations/2_b.sql", second);

    const planned = JSON.parse((await run("--plan", "--json")).stdout).migrations[0];
    const linted = JSON.parse((await run("--lint", "--json", "migrations/2_b.sql")).stdout).migrations[0];
    assert.equal(planned.findings.length, 2);
    assert.equal(planned.allowed.length, 1);
    assert.deepEqual([planned.findings, planned.allowed], [linted.findings, linted.allowed]);

    for (const format of ["github", "sarif"]) {
      const [plan, lint] = await Promise.all([
        run("--plan", "--format", format),
        run("--lint", "--format", format, "migrations/2_b.sql"),
      ]);
      assert.equal(plan.stdout, lint.stdout, format);
      assert.notEqual(plan.stdout, "");
    }
    const markdown = await run("--plan", "--format", "markdown");
    assert.match(markdown.stdout, /\| `2_b` \| expand \|/);
    assert.match(markdown.stdout, /because|the table is small/);
    const text = await run("--plan");
    assert.match(text.stdout, /allowed: CREATE INDEX .*\[add-index\]\n +because: the table is small/);
  });

  test("an allowed finding does not fail --plan --strict; drift is an annotation", async () => {
    const database = await suite.database();
    const { folder, write } = suite.image(files(database.url, first));
    const run = (...argv: string[]) => runProgram(argv, { workingDirectory: folder });
    assert.equal((await run("--upgrade")).code, 0);
    write("migrations/2_b.sql", "-- seaworthy: allow add-index because small\nCREATE INDEX ON c (id);");
    assert.equal((await run("--plan", "--strict")).code, 0);
    // Control.
    write("migrations/2_b.sql", "CREATE INDEX ON c (id);");
    assert.equal((await run("--plan", "--strict")).code, 3);
    write("migrations/1_a.sql", "SELECT 2;");
    const { stdout } = await run("--plan", "--format", "github");
    assert.match(stdout, /^::error title=seaworthy%3A refused::1_a was changed after it was applied/m);
  });

  test("an upgrade runs a migration that allows something", async () => {
    const database = await suite.database();
    const { folder } = suite.image(files(database.url, { ...first, "2_b.sql": second }));
    const { code, stderr } = await runProgram(["--upgrade"], { workingDirectory: folder });
    assert.equal(code, 0, stderr);
  });
});
