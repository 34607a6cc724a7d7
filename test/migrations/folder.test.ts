import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { readMigrationFolder } from "../../src/migrations/folder.ts";

const root = mkdtempSync(join(tmpdir(), "seaworthy-folder-"));
after(() => rmSync(root, { recursive: true }));

let count = 0;
function folderOf(...files: readonly string[]): string {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  for (const file of files) writeFileSync(join(folder, file), "");
  return folder;
}

const namesIn = (...files: readonly string[]) => readMigrationFolder(folderOf(...files)).map(({ name }) => name);

describe("readMigrationFolder", () => {
  for (const [name, files, expected] of [
    ["by number, not by digits", ["10_c.sql", "2_b.sql", "1_a.sql"], ["1_a", "2_b", "10_c"]],
    ["by name if the number is the same", ["1_b.sql", "1_a.sql", "01_c.sql"], ["01_c", "1_a", "1_b"]],
    [
      "by timestamps of any length",
      ["20240102030405678902_b.sql", "20240102030405678901_a.sql"],
      ["20240102030405678901_a", "20240102030405678902_b"],
    ],
    [
      "down migrations and other files are left out",
      ["1_a.up.sql", "1_a.down.sql", "README.md", "2_b.sql.bak"],
      ["1_a"],
    ],
    [
      "plain names and Flyway's in one folder, names without a number last",
      ["B_x.sql", "2_b.sql", "V1__a.sql", "V2_1__c.sql", "V10__e.sql", "3_d.sql"],
      ["V1__a", "2_b", "V2_1__c", "3_d", "V10__e", "B_x"],
    ],
    ["endings in capitals are the same", ["1_A.SQL", "2_B.Down.SQL"], ["1_A"]],
    [
      "a suffix in capitals is the same",
      ["1_a-up.sql", "1_a-DOWN.sql", "2_b_up.sql", "2_b_Down.sql"],
      ["1_a-up", "2_b_up"],
    ],
    ["control: such a word inside a name says nothing", ["1_DOWN_a.sql", "2_undo.a.sql"], ["1_DOWN_a", "2_undo.a"]],
  ] as const) {
    test(name, () => assert.deepEqual(namesIn(...files), expected));
  }

  test("letters sort by code points in every locale", () => {
    assert.deepEqual(namesIn("b.sql", "ä.sql", "a.sql", "Z.sql"), ["Z", "a", "b", "ä"]);
  });

  test("each has its path", () => {
    const folder = folderOf("1_a.up.sql");
    assert.deepEqual(readMigrationFolder(folder), [{ name: "1_a", path: join(folder, "1_a.up.sql") }]);
  });

  test("a folder whose name ends in .sql is not a migration", () => {
    const folder = folderOf("1_a.sql");
    mkdirSync(join(folder, "2_b.sql"));
    assert.equal(readMigrationFolder(folder).length, 1);
  });

  test("ten thousand plain names are in order", () => {
    const names = Array.from({ length: 10_000 }, (_, number) => `${String(number).padStart(5, "0")}_a-b`);
    const folder = folderOf(...names.toReversed().map((name) => `${name}.sql`));
    const expected = names.map((name) => ({ name, path: join(folder, `${name}.sql`) }));
    assert.deepEqual(readMigrationFolder(folder), expected);
  });

  test("plain names sort without their ending", () => {
    assert.deepEqual(namesIn("1_a_b.sql", "1_a.sql", "1_a-b.sql", "1.sql"), ["1", "1_a", "1_a-b", "1_a_b"]);
    assert.deepEqual(namesIn("1_a_b.sql", "1_a.sql", "1_a-b.sql", "10.sql"), ["1_a", "1_a-b", "1_a_b", "10"]);
  });

  for (const [name, folder, message] of [
    [
      "missing",
      join(root, "nowhere"),
      /cannot read the migrations folder .*nowhere: it does not exist\. Check `migrations:`/,
    ],
    ["empty", folderOf("README.md"), /holds no .*\.sql.* Check `migrations:`/],
    ["only a down migration", folderOf("1_a.down.sql"), /holds no /],
    [
      "one name twice",
      folderOf("1_a.sql", "1_a.up.sql"),
      /two migrations have the name 1_a: .*1_a\.sql and .*1_a\.up\.sql\. Rename/,
    ],
    [
      "one name with its accent encoded in two ways",
      folderOf("1_caf\u{e9}.sql", "1_cafe\u{301}.sql"),
      /two migrations have the name 1_caf/,
    ],
    ["one name in two cases", folderOf("1_a.sql", "1_A.sql"), /two migrations have the name 1_[aA]/],
  ] as const) {
    test(`${name}: refused`, () => {
      assert.throws(() => readMigrationFolder(folder), { exitCode: 78, message });
    });
  }
});
