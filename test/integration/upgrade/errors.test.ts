import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openSuite } from "../../harness/leaks.ts";
import { run, shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, tablesOf } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

interface Mistake {
  readonly sql: string;
  /** The word that the place points at: its last occurrence. */
  readonly at: string;
  readonly message: RegExp;
  /** Default: 1. */
  readonly code?: number;
}

const mistakes: Readonly<Record<string, Mistake>> = {
  "a syntax error": {
    sql: "CREATE TABLE ok (id int);\n\n  CREATE TABEL b ();\n",
    at: "TABEL",
    message: /syntax error at or near "TABEL" \(SQLSTATE 42601\)/,
  },
  "after characters of two, three and four bytes": {
    sql: "CREATE TABLE ok (id int);\n-- größer, 大きい, 😀\nSELECT 'ä大😀', missing FROM ok;\n",
    at: "missing",
    message: /column "missing" does not exist \(SQLSTATE 42703\)/,
  },
  "in a file with carriage returns, tabs and a byte order mark": {
    sql: "\uFEFFCREATE TABLE ok (id int);\r\n-- ä\r\n\tSELECT\t'ö', missing\r\n\tFROM ok;\r\n",
    at: "missing",
    message: /column "missing" does not exist/,
  },
  "far into a long line": {
    sql: `CREATE TABLE ok (id int);\nSELECT ${"'😀', ".repeat(200)} missing, ${"1, ".repeat(300)} 1 FROM ok;`,
    at: "missing",
    message: /column "missing" does not exist/,
  },
  "with a hint": {
    sql: "CREATE TABLE ok (id int, stock int);\nSELECT stcok FROM ok;",
    at: "stcok",
    message:
      /column "stcok" does not exist \(SQLSTATE 42703\)\. Hint: Perhaps you meant to reference the column "ok\.stock"\./,
  },
  "in the middle of a no-transaction file": {
    sql: "-- seaworthy: no-transaction\nCREATE TABLE ok (id int);\nCREATE INDEX CONCURRENTLY ok_ä ON ok (id);\r\n  SELECT 'ä😀', missing FROM ok;\n",
    at: "missing",
    message: /column "missing" does not exist/,
  },
  "in a statement outside a transaction": {
    sql: "-- seaworthy: no-transaction\nCREATE TABLE ok (id int);\n  /* 😀 */ CREATE INDEX CONCURRENTLY ok_id ON okay (id);\n",
    at: "",
    message: /relation "okay" does not exist \(SQLSTATE 42P01\)/,
  },
  "an unclosed quote": {
    sql: "CREATE TABLE ok (id int);\nINSERT INTO ok VALUES ('ä);\nSELECT 1;\n",
    at: "'ä",
    message: /the string that begins here with ' is never closed/,
    code: 78,
  },
};

/** The expected place in the message, and the lines below it. */
function placeOf({ sql, at }: Mistake): { readonly place: string; readonly line: string; readonly column: number } {
  const index = sql.lastIndexOf(at);
  const before = sql.slice(0, index).replace("\uFEFF", "").split("\n");
  const line = sql.split(/\r?\n/)[before.length - 1] ?? "";
  const column = [...(before.at(-1) ?? "")].length + 1;
  return { place: `1_wrong.sql:${before.length}:${column}`, line, column };
}

describe("a migration that fails", { concurrency: 4 }, () => {
  for (const [title, mistake] of Object.entries(mistakes)) {
    test(`${title}: file, line, column, and a caret below`, async () => {
      const database = await suite.database();
      const image = suite.image(shopFiles({ url: database.url, migrations: { "1_wrong.sql": mistake.sql } }));
      const { stderr } = await upgrade(image, [], mistake.code ?? 1);
      assert.match(stderr, mistake.message);
      if (mistake.at === "") return assert.match(stderr, /1_wrong\.sql(:3:\d+)?\): /);
      const { place, line, column } = placeOf(mistake);
      assert.ok(stderr.includes(place), `${place} in\n${stderr}`);

      const lines = stderr.split("\n").map((one) => one.replace(/^seaworthy: error: /, ""));
      const caret = lines.findIndex((one) => /^ *\^$/.test(one));
      const excerpt = [...(lines[caret - 1] ?? "")];
      const gutter = excerpt.join("").indexOf(" | ") + 3;
      const shown = excerpt.slice(gutter).join("");
      assert.ok(line.replaceAll("\t", " ").includes(shown), `${shown} in ${line}`);
      assert.ok([...shown].length <= 100, shown);
      const pointed = excerpt.slice((lines[caret] ?? "").length - 1).join("");
      assert.ok(pointed.startsWith(mistake.at), `"${pointed}" at column ${column}`);
    });
  }

  test("names the key of the conflicting row, from the server's detail", async () => {
    const database = await suite.database();
    const migrations = {
      "1_a.sql": "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (7);",
      "2_b.sql": "CREATE TABLE b (); INSERT INTO a VALUES (7);",
      "3_c.sql": "SELECT 1",
    };
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    const { stderr } = await upgrade(image, [], 1);
    assert.match(
      stderr,
      /2_b\.sql:1:20\): duplicate key .* \(SQLSTATE 23505\)\. Detail: Key \(id\)=\(7\) already exists\./,
    );
    assert.match(stderr, /kept: 1_a[^]*rolled back: 2_b[^]*not run: 3_c/);
    assert.deepEqual(await tablesOf(database), ["a"]);
    assert.deepEqual(await appliedIn(database), ["1_a"]);
  });

  test("in a JSON log: one object, with the lines below in its details", async () => {
    const database = await suite.database();
    const migrations = { "1_wrong.sql": "SELECT 'ä', missing;" };
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    const { stderr } = await run(image, ["--upgrade"], { environment: { SEAWORTHY_LOG_FORMAT: "json" } });
    const errors = stderr
      .trim()
      .split("\n")
      .map(
        (line) =>
          JSON.parse(line) as {
            readonly level: string;
            readonly message: string;
            readonly exitCode: number;
            readonly details: readonly string[];
          },
      )
      .filter(({ level }) => level === "error");
    assert.equal(errors.length, 1);
    const [{ exitCode, message, details } = assert.fail("no error")] = errors;
    assert.equal(exitCode, 1);
    assert.match(message, /1_wrong\.sql:1:13\)/);
    assert.deepEqual(details.slice(0, 2), ["1 | SELECT 'ä', missing;", `${" ".repeat(16)}^`]);
  });
});
