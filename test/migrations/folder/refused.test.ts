import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readMigrationFolder } from "../../../src/migrations/folder.ts";
import { beside, folderOf, namesIn } from "./write-folder.ts";

describe("a file that looks like a migration but would be skipped or run wrongly is refused by name", () => {
  const refused: Readonly<Record<string, RegExp>> = {
    "00002_b.go": /Go is not run\. Let its tool run it with upgrade\.migrate/,
    "20240101000000_b.rb": /Ruby is not run/,
    "add_users.rb": /Ruby/,
    "0002_b.py": /Python/,
    "migrate_users.py": /Python/,
    "8a4e0c57d9f2_add_price.py": /Python/,
    "2024_01_01_000000_create_users_table.php": /PHP/,
    "Version20240101000000.php": /PHP/,
    "V2__b.java": /Java/,
    "V2__b.class": /Java/,
    "V2__b.kt": /Kotlin/,
    "20240101000000_b.exs": /Elixir/,
    "20240101000000_B.cs": /C#/,
    "20240101_b.edn": /EDN/,
    "2_b.pl": /Perl/,
    "m20220101_000001_b.rs": /Rust/,
    "V2__b.rs": /Rust/,
    "02_b.sh": /A shell script/,
    "2_b.ts": /TypeScript is not run\. Compile it/,
    "2_b.mts": /TypeScript/,
    "changelog.xml": /changelogs of Liquibase are not run/,
    "db.changelog-master.yaml": /changelogs/,
    "2_b.xml": /named like a migration/,
    "2_b.yaml": /named like a migration/,
    "02_b.json": /named like a migration/,
    "02_b.toml": /named like a migration/,
    "0002_b": /named like a migration, but is neither/,
    "R__view.sql": /repeatable migrations of Flyway are not run/,
    "B2__b.sql": /a baseline of Flyway/,
    "B1.2__b.sql": /a baseline of Flyway/,
    "beforeClean.sql": /a callback of Flyway/,
    "afterMigrate.sql": /a callback/,
    "afterMigrate__grant.sql": /a callback/,
    "beforeEachMigrate.sql": /a callback/,
    "afterEachMigrateStatementError.sql": /a callback/,
    "afterMigrateOperationFinish.sql": /a callback/,
    "beforeRepeatables.sql": /a callback/,
    "afterConnect.sql": /a callback/,
    "1_a.sql.conf": /Flyway's settings of one migration.*executeInTransaction=false/,
    "v2__b.sql": /looks like a file of Flyway/,
    "V2_b.sql": /looks like a file of Flyway/,
    "u2__b.sql": /looks like a file of Flyway/,
    "r__b.sql": /looks like a file of Flyway/,
    "V2__b.bat": /A batch file is not run/,
    "2_b.sql.gz": /with the ending \.gz it is not run/,
    "2_b.sql.j2": /with the ending \.j2/,
    "2_b.sql.txt": /with the ending \.txt/,
    "2_b.psql": /with the ending \.psql it is not run\. Name it \.sql/,
    "2_b.ddl": /with the ending \.ddl/,
    "schema.sql": /has no number, and would be run after the numbered migrations\. Move it out/,
    "structure.sql": /has no number/,
    "seeds.sql": /has no number/,
    "1_a_down.sql": /the down migration of 1_a\.sql, and would be run\. Name it 1_a\.down\.sql/,
    "1_a-rollback.sql": /the down migration of 1_a\.sql/,
    "1_A_UNDO.sql": /the down migration of 1_A\.sql/,
    "._1_a.sql": /macOS writes such files/,
    ".2_b.sql": /a hidden file is not run/,
    "2024/001_b.sql": /2024\/001_b\.sql: in a subfolder, only NAME\/migration\.sql and NAME\/up\.sql are run\. Move it/,
    "2024/01/b.sql": /2024\/01\/b\.sql/,
    "2024/001_b.js": /2024\/001_b\.js/,
    "up/2_b.sql": /up\/2_b\.sql/,
    "2_b/migration.ts": /2_b\/migration\.ts/,
    "2_b/up.js": /2_b\/up\.js/,
  };
  for (const [name, message] of Object.entries(refused)) {
    test(name, () => {
      assert.throws(
        () => readMigrationFolder(folderOf(beside(name))),
        (error: Error & { exitCode: number }) => {
          assert.equal(error.exitCode, 78);
          assert.match(error.message, message);
          assert.ok(error.message.includes(`/${name}: `), error.message);
          return true;
        },
      );
    });
  }

  test("all at once, with at most ten names", () => {
    const names = Array.from({ length: 13 }, (_, number) => `${String(number + 10)}_b.rb`);
    assert.throws(
      () => readMigrationFolder(folderOf(beside(...names))),
      (error: Error & { details: readonly string[] }) => {
        assert.match(error.message, /\/10_b\.rb: Ruby is not run/);
        assert.equal(error.details.length, 10);
        assert.match(error.details[0] ?? "", /\/11_b\.rb: Ruby is not run/);
        assert.equal(error.details.at(-1), "and 3 more files that are refused");
        return true;
      },
    );
  });

  test("a changelog under any name", () => {
    const files = { ...beside(), "master.yml": "databaseChangeLog:\n- include:\n" };
    assert.throws(() => readMigrationFolder(folderOf(files)), { exitCode: 78, message: /master\.yml: changelogs/ });
  });

  test("Flyway's createSchema beside Flyway's files", () => {
    const files = { "V1__a.sql": "", "createSchema.sql": "" };
    assert.throws(() => readMigrationFolder(folderOf(files)), { exitCode: 78, message: /a callback/ });
  });

  test("Sqitch's scripts, whose names give no order", () => {
    const folder = folderOf({ "sqitch.plan": "", "deploy/users.sql": "", "deploy/orders.sql": "" });
    const message = /sqitch\.plan: the order of Sqitch is not read/;
    assert.throws(() => readMigrationFolder(join(folder, "deploy")), { exitCode: 78, message });
  });

  test("diesel's settings", () => {
    for (const [text, isRefused] of [
      ["run_in_transaction = false\n", true],
      ["run_in_transaction=false", true],
      ["# nothing\n\nrun_in_transaction = true\n", false],
    ] as const) {
      const folder = folderOf({ "1_a/up.sql": "", "1_a/down.sql": "", "1_a/metadata.toml": text });
      const read = () => readMigrationFolder(folder);
      if (isRefused) assert.throws(read, { exitCode: 78, message: /1_a\/metadata\.toml: .*no-transaction/ });
      else assert.deepEqual(read(), [{ name: "1_a", path: join(folder, "1_a/up.sql") }]);
    }
  });

  const skipped = [
    ...["data.sql", "seed.sql", "views/orders.sql", "2_b.sql", "up.sql", "verify.sql", "MIGRATION_2.SQL", "data.psql"],
    ...[
      "post.js",
      "data-migration.ts",
      "utils.mjs",
      "backfill.cts",
      "run.sh",
      "data.py",
      "seed.rb",
      "migration.sql.gz",
    ],
    ...["migration.yaml", "up.yaml", ".data.sql", "0002_data", "scripts/fill.sh"],
  ];
  for (const name of skipped)
    test(`${name} beside migration.sql, in the folder of a migration`, () => {
      const files = { "20240101000000_a/migration.sql": "", [`20240101000000_a/${name}`]: "" };
      const where = `/20240101000000_a/${name}: it is not run: of this folder, only migration.sql is run.`;
      assert.throws(
        () => namesIn(files),
        (error: Error & { exitCode: number }) => {
          assert.equal(error.exitCode, 78);
          assert.ok(error.message.includes(where), error.message);
          return true;
        },
      );
    });

  test("a file beside diesel's up.sql", () => {
    for (const name of ["data.sql", "fill.rs", "migration.js"])
      assert.throws(() => namesIn({ "1_a/up.sql": "", "1_a/down.sql": "", [`1_a/${name}`]: "" }), {
        exitCode: 78,
        message: new RegExp(`/1_a/${name}: it is not run: of this folder, only up\\.sql is run\\. Move its statements`),
      });
  });

  test("a down migration with an unclear name, beside migration.sql", () => {
    assert.throws(() => namesIn({ "1_a/migration.sql": "", "1_a/migration_down.sql": "" }), {
      exitCode: 78,
      message: /migration_down\.sql: it looks like the down migration of migration\.sql/,
    });
  });

  test("diesel's settings that are not UTF-8", () => {
    const folder = folderOf({ "1_a/up.sql": "", "1_a/metadata.toml": "" });
    writeFileSync(join(folder, "1_a/metadata.toml"), Buffer.from("# \n# \xe9\n", "latin1"));
    assert.throws(() => readMigrationFolder(folder), { exitCode: 78, message: /metadata\.toml:2:3: this byte is not/ });
  });

  test("a folder that is named like a migration but holds none", () => {
    for (const name of ["20240102000000_b", "1600000000000_b", "2024-01-02-000000_b"])
      for (const file of [".gitkeep", "README.md", "down.sql"])
        assert.throws(() => namesIn({ "20240101000000_a/migration.sql": "", [`${name}/${file}`]: "" }), {
          exitCode: 78,
          message: new RegExp(`/${name}: it is named like a migration, but holds neither migration.sql nor up.sql`),
        });
    assert.throws(() => namesIn({ "1_a/up.sql": "", "1600000000000_b/up.yaml": "", "1600000000000_b/down.sql": "" }), {
      exitCode: 78,
      message: /1600000000000_b\/up\.yaml: in a subfolder/,
    });
    // Control.
    assert.deepEqual(namesIn({ "20240101000000_a/migration.sql": "", "2023/README.md": "", "v1_b/.gitkeep": "" }), [
      "20240101000000_a",
    ]);
  });

  test("a named pipe and a broken link", () => {
    const pipe = folderOf(beside());
    execFileSync("mkfifo", [join(pipe, "2_B.sql")]);
    assert.throws(() => readMigrationFolder(pipe), { exitCode: 78, message: /2_B\.sql: it is a special file/ });
    const link = folderOf(beside());
    symlinkSync("nowhere", join(link, "2_B.sql"));
    assert.throws(() => readMigrationFolder(link), { exitCode: 78, message: /2_B\.sql: it is a broken link/ });
  });
});
