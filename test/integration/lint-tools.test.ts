import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { configuration, type ImageFiles } from "../harness/image.ts";
import { openSuite } from "../harness/leaks.ts";
import { runProgram } from "../harness/program.ts";
import { createLint } from "./linting.ts";

const suite = openSuite();
after(() => suite.end());
const lint = createLint(suite);

const create = "CREATE TABLE a (id int, b int);";
const drop = "ALTER TABLE a DROP COLUMN b;";

/** What each tool writes, with one finding. The second file of a tool must not be linted. */
const tools: Readonly<Record<string, ImageFiles>> = {
  prisma: { "m/20240101000000_a/migration.sql": `BEGIN;\n${drop}\nCOMMIT;`, "m/migration_lock.toml": "" },
  drizzle: { "m/0000_a.sql": `${drop}--> statement-breakpoint\nSELECT 1;`, "m/meta/_journal.json": "{}" },
  flyway: { "m/V1_2__a.sql": drop, "m/U1_2__a.sql": "DROP TABLE a;" },
  "flyway, repeatable": { "m/R__a.sql": drop },
  goose: { "m/00001_a.sql": `-- +goose Up\n${drop}\n-- +goose Down\nDROP TABLE a;\n` },
  dbmate: { "m/20240101_a.sql": `-- migrate:up\n${drop}\n-- migrate:down\nDROP TABLE a;\n` },
  "golang-migrate": { "m/1_a.up.sql": `BEGIN;\n${drop}\nCOMMIT;`, "m/1_a.down.sql": "DROP TABLE a;" },
  sqlx: { "m/20240101_a.up.sql": drop, "m/20240101_a.down.sql": "DROP TABLE a;" },
  diesel: { "m/2024-01-01-000000_a/up.sql": drop, "m/2024-01-01-000000_a/down.sql": "DROP TABLE a;" },
  rails: { "m/structure.sql": `\\restrict abc\nSET lock_timeout = 5;\n${drop}\n\\unrestrict abc\n` },
};

describe("--lint reads the SQL files of other tools", { concurrency: 4 }, () => {
  for (const [tool, files] of Object.entries(tools)) {
    const path = Object.keys(files)[0] ?? "";
    test(`${tool}: the up part of each file`, async () => {
      const { code, rules, stderr } = await lint(files, ["m"]);
      assert.equal(code, 3, stderr);
      assert.deepEqual(rules, [[path, "drop-column"]]);
    });

    test(`${tool}: its tier is in the header`, async () => {
      const withHeader = { ...files, [path]: `-- seaworthy: contract 2.0.0\n${files[path]?.toString()}` };
      const { code, report, stderr } = await lint(withHeader, ["m"]);
      assert.equal(code, 0, stderr);
      assert.equal(report.migrations[0]?.tier, "contract");
    });
  }

  for (const [engine, change] of [
    ["mysql", "ALTER TABLE `a` DROP COLUMN `b`, ALGORITHM=INSTANT;"],
    ["sqlite", 'ALTER TABLE [a] DROP COLUMN "b";'],
  ] as const) {
    for (const [tool, files] of Object.entries(tools)) {
      test(`${tool} on ${engine}: the up part, and its tier`, async () => {
        const path = Object.keys(files)[0] ?? "";
        const sql = (files[path]?.toString() ?? "").replace(drop, change).replace(/^\\.*\n|SET lock_timeout.*\n/gm, "");
        const argv = ["--engine", engine, "m"];
        const { code, rules, report, stderr } = await lint({ ...files, [path]: sql }, argv);
        assert.equal(code, 3, stderr);
        assert.deepEqual(rules, [[path, "drop-column"]]);
        assert.equal(report.migrations[0]?.grammar, false);
        const contract = await lint({ ...files, [path]: `-- seaworthy: contract 2.0.0\n${sql}` }, argv);
        assert.equal(contract.code, 0, contract.stderr);
        assert.equal(contract.report.migrations[0]?.tier, "contract");
      });
    }
  }

  for (const [tool, files] of Object.entries({
    prisma: { "m/1_a/migration.sql": "DROP TABLE `a`;", "m/migration_lock.toml": 'provider = "mysql"\n' },
    drizzle: { "m/0000_a.sql": "DROP TABLE `a`;", "m/meta/_journal.json": '{"version":"7","dialect":"mysql"}' },
  })) {
    test(`${tool} writes down its database, which is found without a flag`, async () => {
      const { report, rules } = await lint(files, ["m"]);
      assert.deepEqual(rules, [[Object.keys(files)[0], "drop-table"]]);
      assert.equal(report.migrations[0]?.grammar, false);
    });
  }

  test("control: a file of an unknown database is read as Postgres's, and the finding says how to name another", async () => {
    const { folder } = suite.image({ "m/1_a.up.sql": "DROP TABLE `a`;" });
    const { code, stdout } = await runProgram(["--lint", "m"], { workingDirectory: folder });
    assert.equal(code, 3);
    assert.match(stdout, /\[syntax-error\]\n {2}instead: .*--engine mysql or --engine sqlite/);
  });

  test("Rails on MySQL: a structure file of mysqldump is read to its end", async () => {
    const dump =
      "/*!40101 SET character_set_client = utf8mb4 */;\nDROP TABLE IF EXISTS `a`;\nCREATE TABLE `a` (\n  `id` bigint NOT NULL AUTO_INCREMENT,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\n/*!40101 SET character_set_client = @saved */;\nINSERT INTO `schema_migrations` (version) VALUES\n('20240101');\n";
    const { rules, stderr } = await lint({ "db/structure.sql": dump }, ["--engine", "mysql", "db/structure.sql"]);
    assert.deepEqual(rules, [["db/structure.sql", "drop-table"]], stderr);
  });

  test("`history:` in the configuration says whose files they are", async () => {
    const sql = { "migrations/1_a.sql": `BEGIN;\n${drop}\nCOMMIT;` };
    const ofTool = configuration({ dependencies: { db: { kind: "schema", url: "${U}", history: "sqlx" } } });
    assert.deepEqual((await lint({ ...sql, ...ofTool })).rules, [["migrations/1_a.sql", "drop-column"]]);
    // Control: seaworthy's own runner refuses BEGIN.
    const own = configuration({ dependencies: { db: { kind: "schema", url: "${U}" } } });
    assert.equal((await lint({ ...sql, ...own })).code, 78);
  });

  test("a configured folder without SQL is listed as not linted", async () => {
    const dependencies = { db: { kind: "schema", url: "${U}", history: "django", migrations: "./shop/migrations" } };
    const files = { ...configuration({ dependencies }), "shop/migrations/0001_initial.txt": "" };
    const { code, report } = await lint(files);
    assert.equal(code, 0);
    assert.deepEqual(
      report.migrations.map(({ path, notLinted }) => [path, notLinted]),
      [["shop/migrations", "this folder holds no SQL"]],
    );
  });

  test("files in other languages are listed as not linted", async () => {
    const { report } = await lint({ "m/20240101_a.rb": "", "m/20240102_b.sql": create, "m/20240103.d.ts": "" }, ["m"]);
    assert.deepEqual(
      report.migrations.map(({ path, linted }) => [path, linted]),
      [
        ["m/20240101_a.rb", false],
        ["m/20240102_b.sql", true],
      ],
    );
  });
});
