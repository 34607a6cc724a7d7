import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { readMigrationFolder } from "../../../src/migrations/folder.ts";

const root = mkdtempSync(join(tmpdir(), "seaworthy-refused-"));
after(() => rmSync(root, { recursive: true }));

let count = 0;
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const beside = (...names: readonly string[]) => ({
  "1_a.sql": "",
  ...Object.fromEntries(names.map((name) => [name, ""])),
});
const namesIn = (files: Readonly<Record<string, string>>) =>
  readMigrationFolder(folderOf(files)).map(({ name }) => name);

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
    "0002_b": /named like a migration, but only/,
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

describe("a file that cannot be a migration is left out silently", () => {
  const others = [
    ...["README.md", "README", "LICENSE", ".gitkeep", ".DS_Store", ".eslintrc.js", "migration_lock.toml", "atlas.sum"],
    ...["1_a.sql.bak", "1_a.sql~", "1_a.sql.orig", "1_a.js.map", "2_b.d.ts", "2_b.d.mts", "2_notes.md", "2_data.csv"],
    ...[
      "embed.go",
      "migrations.go",
      "migrate_test.go",
      "2_b_test.go",
      "__init__.py",
      "env.py",
      "migrate.py",
      "run_migrations.rb",
      "mod.rs",
    ],
    ...["run.sh", "package.json", "tsconfig.json", "docker-compose.yml", "alembic.ini", "1_a.down.sql", "1_a.undo.sql"],
    ...["1_a.rollback.sql", "down.sql", "U1__a.sql", "001.undo.a.sql", "seeds/1_seed.sql", "tests/1_a.sql"],
    ...[
      "meta/0000_snapshot.json",
      "node_modules/a/1_a.sql",
      "docs/a.md",
      "down/1_a.sql",
      "helpers/a.js",
      "empty/.gitkeep",
    ],
  ];
  for (const name of others) test(name, () => assert.deepEqual(namesIn(beside(name)), ["1_a"]));

  const companions = [
    ...[
      "README.md",
      "notes.txt",
      ".keep",
      ".gitkeep",
      "down.sql",
      "migration.down.sql",
      "rollback.sql",
      "snapshot.json",
    ],
    ...[
      "steps.json",
      "schema.prisma",
      "migration.sql.bak",
      "migration.sql~",
      "._migration.sql",
      "diagram.png",
      "data.csv",
    ],
    ...["types.d.ts", "tests/1_a.sql", "docs/a.md", "down/1_a.sql", "empty/.gitkeep"],
  ];
  for (const name of companions)
    test(`${name} beside migration.sql, in the folder of a migration`, () => {
      assert.deepEqual(namesIn({ "1_a/migration.sql": "", [`1_a/${name}`]: "" }), ["1_a"]);
    });

  test("a name that ends like a down migration's, without an up migration", () => {
    assert.deepEqual(namesIn({ "006_a.sql": "", "007_slow_down.sql": "" }), ["006_a", "007_slow_down"]);
  });

  test("db-migrate's down files are left out", () => {
    const files = { "001-a-up.sql": "", "001-a-down.sql": "", "002_b_up.sql": "", "002_b_down.sql": "" };
    assert.deepEqual(namesIn(files), ["001-a-up", "002_b_up"]);
  });

  test("Postgrator's undo files are left out", () => {
    const files = { "001.do.sql": "", "001.undo.sql": "", "002.do.b.sql": "", "002.undo.b.sql": "" };
    assert.deepEqual(namesIn(files), ["001.do", "002.do.b"]);
  });

  test("schema.sql among names without numbers is an ordinary migration", () => {
    assert.deepEqual(namesIn({ "schema.sql": "", "users.sql": "" }), ["schema", "users"]);
  });

  test("the files and folders of a ConfigMap are links", () => {
    const folder = folderOf({ "..2024/1_a.sql": "", "..2024/b/migration.sql": "" });
    symlinkSync("..2024", join(folder, "..data"));
    symlinkSync("..data/1_a.sql", join(folder, "1_a.sql"));
    symlinkSync("..data/b", join(folder, "2_b"));
    assert.deepEqual(readMigrationFolder(folder), [
      { name: "1_a", path: join(folder, "1_a.sql") },
      { name: "2_b", path: join(folder, "2_b/migration.sql") },
    ]);
  });
});
