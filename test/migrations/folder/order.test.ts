import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { readMigrationFolder } from "../../../src/migrations/folder.ts";

const root = mkdtempSync(join(tmpdir(), "seaworthy-order-"));
after(() => rmSync(root, { recursive: true }));

let count = 0;
function folderOf(names: readonly string[], text: string, others: Readonly<Record<string, string | Buffer>>): string {
  const folder = join(root, String(count++));
  const files = { ...Object.fromEntries(names.map((name) => [name, text])), ...others };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const order = (names: readonly string[], text = "", others = {}) =>
  readMigrationFolder(folderOf(names, text, others)).map(({ name }) => name);

describe("a folder has the order of its tool", () => {
  const mixed = ["20240101000000_a", "20250625_add", "20250625101010_b", "20251231000000_c", "2_d"];
  // Prisma's order: `_` comes after the digits.
  const byLetters = ["20240101000000_a", "20250625101010_b", "20250625_add", "20251231000000_c", "2_d"];
  const inFolders = (file: string) => mixed.map((name) => `${name}/${file}`);
  const asFiles = mixed.map((name) => `${name}.sql`);

  test("Prisma's: by letters", () => {
    const lock = { "migration_lock.toml": 'provider = "postgresql"' };
    assert.deepEqual(order(inFolders("migration.sql"), "", lock), byLetters);
  });
  test("Drizzle's folders: by letters", () => {
    const names = mixed.flatMap((name) => [`${name}/migration.sql`, `${name}/snapshot.json`]);
    assert.deepEqual(order(names), byLetters);
  });
  test("diesel's: by letters", () => assert.deepEqual(order(inFolders("up.sql")), byLetters));
  test("Atlas's: by letters", () => assert.deepEqual(order(asFiles, "", { "atlas.sum": "h1:" }), byLetters));
  test("dbmate's: by letters", () => assert.deepEqual(order(asFiles, "-- migrate:up\n-- migrate:down"), byLetters));
  test("dbmate compares numbers by letters too", () => {
    assert.deepEqual(order(["2_b.sql", "10_a.sql"], "-- migrate:up\n-- migrate:down"), ["10_a", "2_b"]);
  });
  test("graphile-migrate's: by letters", () => assert.deepEqual(order(asFiles, "--! Previous: -\n"), byLetters));
  test("Drizzle's journal: in the order of its entries", () => {
    const tags = ["0001_b", "0000_a", "0002_c"];
    const journal = { "meta/_journal.json": JSON.stringify({ entries: tags.map((tag, idx) => ({ idx, tag })) }) };
    assert.deepEqual(order(["0000_a.sql", "0001_b.sql", "0002_c.sql"], "", journal), tags);
  });
  for (const [tool, text] of [
    ["goose", "-- +goose Up"],
    ["sql-migrate", "-- +migrate Up"],
    ["golang-migrate, sqlx and seaworthy", ""],
  ]) {
    test(`${tool}: by number`, () => assert.deepEqual(order(["2_b.sql", "10_a.sql"], text), ["2_b", "10_a"]));
  }
  test("Flyway's: by version", () => {
    assert.deepEqual(order(["V1_10__c.sql", "V1.2__b.sql", "V10__d.sql", "V1__a.sql"]), [
      "V1__a",
      "V1.2__b",
      "V1_10__c",
      "V10__d",
    ]);
  });
  test("numbers before dates, if the numbering has changed", () => {
    assert.deepEqual(order(["20240101000000_c.sql", "0002_b.sql", "0010_a.sql"]), [
      "0002_b",
      "0010_a",
      "20240101000000_c",
    ]);
  });
  test("seconds since 1970 before dates, if letters give the same order", () => {
    assert.deepEqual(order(["20240101000000_b.sql", "1485643154_a.sql"]), ["1485643154_a", "20240101000000_b"]);
  });
});

describe("an ambiguous order is refused", () => {
  const refused: Readonly<Record<string, readonly string[]>> = {
    "dates of 8 and 14 digits": ["20240101000000_a.sql", "20250625_add.sql", "20251231000000_c.sql"],
    "dates of 12 and 14 digits": ["202406010000_a.sql", "20240101000000_b.sql"],
    "milliseconds and dates, from node-pg-migrate": ["20200513070724505_a.sql", "3391877300255_b.js"],
    "numbers after letters": ["v2.sql", "v10.sql"],
    versions: ["1.2.0_a.sql", "1.10.0_b.sql"],
    "versions of scripts": ["m-9.js", "m-10.js"],
    "plain names with a second number": ["1_9.sql", "1_10.sql"],
    "plain names with a number at their end": ["001_a9.sql", "001_a10.sql", "002_b.sql"],
    "plain names with two numbers each": ["001_2_x.sql", "001_10_x.sql"],
    "dates with dashes": ["2024-9-1_a.sql", "2024-10-1_b.sql"],
  };
  for (const [title, names] of Object.entries(refused)) {
    test(title, () => {
      const message = /^cannot tell which comes first, .* or .*: .*\. (?:Give|Begin) /;
      assert.throws(() => order(names), { exitCode: 78, message });
    });
  }

  test("control: with the same number of digits, they have an order", () => {
    assert.deepEqual(order(["v02.sql", "v10.sql"]), ["v02", "v10"]);
    assert.deepEqual(order(["1.02.0_a.sql", "1.10.0_b.sql"]), ["1.02.0_a", "1.10.0_b"]);
    assert.deepEqual(order(["a1f.sql", "a10.sql", "a2c.sql"]), ["a10", "a1f", "a2c"]);
  });

  for (const name of ["+1_a.sql", "-1_a.sql", " 1_a.sql", "(1)_a.sql", "\u{ff11}_a.sql", "\u{661}_a.sql"]) {
    test(`a number that is not plain, beside plain ones: ${name}`, () => {
      assert.throws(() => order([name, "2_b.sql"]), { exitCode: 78, message: /1?_a\.sql: its number is not at the / });
    });
  }
  test("control: without numbers beside them, and names in letters", () => {
    assert.deepEqual(order(["+1_a.sql", "+2_b.sql"]), ["+1_a", "+2_b"]);
    assert.deepEqual(order(["1_a.sql", "\u{e9}t\u{e9}2.sql"]), ["1_a", "\u{e9}t\u{e9}2"]);
  });

  for (const [one, other] of [
    ["V1__a", "V1.0__b"],
    ["V01__a", "V1__b"],
    ["V1_1__a", "V1.1__b"],
    ["V2__a", "V2__b"],
    ["V1_0_0__a", "V1__b"],
  ]) {
    test(`one version of Flyway twice: ${one} and ${other}`, () => {
      const message = /V\S+\.sql: it has the same version as V\S+, and Flyway refuses this\./;
      assert.throws(() => order([`${one}.sql`, `${other}.sql`]), { exitCode: 78, message });
    });
  }
  test("control: versions of Flyway that differ", () => {
    assert.deepEqual(order(["V10__c.sql", "V1.0.1__b.sql", "V1__a.sql", "V0__z.sql"]), [
      "V0__z",
      "V1__a",
      "V1.0.1__b",
      "V10__c",
    ]);
  });

  const journal = (...tags: readonly string[]) => ({
    "meta/_journal.json": JSON.stringify({ entries: tags.map((tag) => ({ tag })) }),
  });
  test("a file that Drizzle's journal does not list", () => {
    const message = /0001_b\.sql: Drizzle's journal .*_journal\.json does not list it/;
    assert.throws(() => order(["0000_a.sql", "0001_b.sql"], "", journal("0000_a")), { exitCode: 78, message });
  });
  test("a missing file that the journal lists", () => {
    const message = /_journal\.json: it lists 0001_b, but there is no 0001_b\.sql/;
    assert.throws(() => order(["0000_a.sql"], "", journal("0000_a", "0001_b")), { exitCode: 78, message });
  });
  test("an invalid journal", () => {
    const invalid = Buffer.concat([
      Buffer.from('{\n"entries": [{"tag": "0000_'),
      Buffer.from([0xe9]),
      Buffer.from('"}]}'),
    ]);
    const others: readonly (readonly [string | Buffer, RegExp])[] = [
      [invalid, /_journal\.json:2:27: this byte is not UTF-8/],
      [Buffer.from("\uFEFF{}", "utf16le"), /_journal\.json:1:1: the file is UTF-16/],
      ['{"entries": []\0}', /_journal\.json:1:15: this byte is NUL/],
      ["null", /_journal\.json: it has no list "entries"/],
      ['{"entries": {}}', /_journal\.json: it has no list "entries"/],
      ['{"entries": [{"tag": 1}]}', /_journal\.json: entry 0 has no tag/],
      ['{"entries": [{"tag": "0000_a"}, null]}', /_journal\.json: entry 1 has no tag/],
      ['{"entries": [{"tag": "0000_a"}, {"tag": "0000_a"}]}', /_journal\.json: it lists 0000_a twice/],
    ];
    for (const [text, cause] of others)
      assert.throws(() => order(["0000_a.sql"], "", { "meta/_journal.json": text }), { exitCode: 78, message: cause });
    // Control: with a byte order mark, which some editors write.
    const marked = { "meta/_journal.json": '\uFEFF{"entries": [{"tag": "0000_a"}]}' };
    assert.deepEqual(order(["0000_a.sql"], "", marked), ["0000_a"]);
    const message = /cannot read Drizzle's journal/;
    assert.throws(() => order(["0000_a.sql"], "", { "meta/_journal.json": "{" }), { exitCode: 78, message });
  });
});
