import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readMigrationFolder } from "../../../src/migrations/folder.ts";
import { beside, folderOf, namesIn } from "./write-folder.ts";

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
