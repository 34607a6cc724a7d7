import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lintMigration } from "../../src/lint/lint.ts";

/** The finding's place in the format that editors accept. */
async function placesIn(sql: string): Promise<readonly string[]> {
  const findings = await lintMigration(sql);
  return findings.map(({ line, column, rule }) => `${line}:${column} ${rule}`);
}

describe("the place of a finding", () => {
  test("is the statement's first word, after comments and white space", async () => {
    const sql = "-- one\nSELECT 1; /* two */\n\n  DROP TABLE a;;\n\tDROP TABLE b";
    assert.deepEqual(await placesIn(sql), ["4:3 drop-table", "5:2 drop-table"]);
  });

  test("is the command within ALTER TABLE", async () => {
    const sql = [
      "ALTER TABLE ONLY shop . orders",
      "  ADD total numeric(10, 2)[] DEFAULT ARRAY[1, 2],",
      "  DROP COLUMN a, -- , DROP COLUMN b",
      "  ADD CHECK (total <> ','), DROP \"c,d\"",
    ].join("\n");
    assert.deepEqual(await placesIn(sql), ["3:3 drop-column", "4:3 add-check", "4:29 drop-column"]);
  });

  test("counts characters, not bytes or UTF-16 units", async () => {
    const sql = 'SELECT \'é😀\'; DROP TABLE "naïve😀"; ALTER TABLE "ü" DROP "😀", DROP b';
    assert.deepEqual(await placesIn(sql), ["1:14 drop-table", "1:51 drop-column", "1:61 drop-column"]);
    assert.equal((await lintMigration(sql))[0]?.message.includes("naïve😀"), true);
  });

  test("is right with CRLF and after a byte order mark", async () => {
    assert.deepEqual(await placesIn("\uFEFFSELECT 1;\r\n  DROP TABLE a;\r\nDROP TABLE b"), [
      "2:3 drop-table",
      "3:1 drop-table",
    ]);
  });

  test("of a syntax error is the word that Postgres reports", async () => {
    assert.deepEqual(await placesIn("SELECT 'é😀';\n\tSELEC 1; DROP TABLE a"), ["2:2 syntax-error"]);
    assert.deepEqual(await placesIn("SELECT 1;\nSELECT '\0'"), ["2:9 syntax-error"]);
    const [finding] = await lintMigration("SELEC 1");
    assert.match(finding?.message ?? "", /^Postgres cannot parse it: syntax error at or near "SELEC"\.$/);
  });

  test("in a DO block is the statement in its body", async () => {
    const sql = [
      "DO $do$",
      "DECLARE n int;",
      "BEGIN",
      "  IF EXISTS (SELECT FROM é) THEN DROP TYPE a; END IF;",
      "  SELECT 1 INTO n;",
      "  BEGIN EXECUTE 'DROP TYPE b'; EXCEPTION WHEN OTHERS THEN UPDATE c SET d = 1; END;",
      "END $do$",
    ].join("\n");
    assert.deepEqual(await placesIn(sql), ["4:34 drop-object", "6:18 drop-object", "6:59 whole-table-write"]);
  });
});

describe("a large migration", () => {
  test("is read in parts, and places count from the start of the file", async () => {
    const rows = Array.from({ length: 40_000 }, (_, n) => `INSERT INTO draft VALUES (${n}, 'a;b');`);
    const sql = ["CREATE TABLE draft (id int, text text);", ...rows, "DROP TABLE draft; DROP TABLE é;"].join("\n");
    assert.deepEqual(await placesIn(sql), ["40002:19 drop-table"]);
  });

  test("is one statement if its semicolons are inside a body", async () => {
    const body = `${"SELECT CASE WHEN true THEN 1 END; ".repeat(10_000)}END`;
    const sql = `CREATE FUNCTION f() RETURNS int BEGIN ATOMIC ${body}; DROP TABLE a`;
    assert.deepEqual(
      (await placesIn(sql)).map((place) => place.split(" ")[1]),
      ["drop-table"],
    );
  });

  test("of one statement that is too large to parse is not checked", async () => {
    const text = "x".repeat(9_000_000);
    assert.deepEqual(await placesIn(`INSERT INTO a VALUES ('${text}'); DROP TABLE b`), ["1:9000028 drop-table"]);
    assert.deepEqual(await placesIn(`/* */ UPDATE a SET b = '${text}' WHERE c = 1`), ["1:7 not-checked"]);
  });
});
