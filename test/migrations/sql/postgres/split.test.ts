import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { RawStmt } from "libpg-query";
import { loadParser, type SqlParser } from "../../../../src/lint/parsing/parser.ts";
import { splitPieces } from "../../../../src/lint/parsing/split.ts";
import { inspectPostgres } from "../../../../src/migrations/sql/postgres/guard.ts";
import { postgresStatements } from "../../../../src/migrations/sql/postgres/statements.ts";
import { postgresTokens } from "../../../../src/migrations/sql/postgres/tokens.ts";
import { createRandom } from "../../../harness/random.ts";

let parser: SqlParser;
before(async () => void (parser = await loadParser()));

/** Single, valid statements that are hard to split. */
const harmless = [
  "SELECT 1",
  "CREATE INDEX i ON t (begin, atomic)",
  "CREATE INDEX i ON begin (atomic) WHERE (begin IS NULL)",
  'CREATE TABLE begin (atomic int, case_ int, "end" int, begin atomic, commit text)',
  "CREATE TABLE atomic (begin atomic)",
  "SELECT begin atomic FROM t",
  "SELECT begin AS atomic, t.end, t.case, 1 AS end, 2 AS case FROM t",
  'SELECT CASE WHEN begin THEN 1 END, 2 "END" FROM atomic',
  "SELECT CASE a WHEN 1 THEN CASE WHEN b THEN 2 END ELSE 3 END",
  "CREATE FUNCTION f(begin atomic) RETURNS int LANGUAGE sql AS 'SELECT 1; COMMIT;'",
  "CREATE FUNCTION f() RETURNS TABLE (begin atomic) LANGUAGE sql AS $$ SELECT 1; $$",
  "CREATE FUNCTION begin() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END",
  "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC END",
  "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END",
  "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS case; SELECT 2 AS end; SELECT t.case, t.end FROM t; END",
  "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 end; SELECT (SELECT 1) case; END",
  "CREATE FUNCTION f() RETURNS int BEGIN /* ; */ ATOMIC ; ; SELECT ';END;' ; -- END\n END",
  "CREATE OR REPLACE PROCEDURE p(a int = (1)) BEGIN ATOMIC INSERT INTO t VALUES (1, (2)); DELETE FROM t; END",
  "CREATE FUNCTION f() RETURNS begin RETURN 1",
  "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; END; SELECT 2; END",
  "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN COMMIT; END; $f$",
  "CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'",
  "DO $$ BEGIN; COMMIT; END $$",
  "DO LANGUAGE plpgsql $é$ BEGIN ROLLBACK; END $é$",
  "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); DELETE FROM u WHERE (a = 1);)",
  "CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING",
  "SELECT $1||$$;COMMIT;$$",
  "SELECT a$b$c, $b$;COMMIT;$b$",
  "SELECT E'\\';COMMIT;', '\\', e'\\\\', n'\\', b'1', x'1F', U&'!!;' UESCAPE '!', U&\"a;b\"",
  "SELECT 'a'\n';COMMIT;', E'a'\n';\\';'",
  "SELECT 1 */* ;COMMIT; */ 2 +-- ;COMMIT;\n 3",
  "/* a /* ; */ COMMIT; */ SELECT 1 -- COMMIT;",
  "SELECT 1 -- a;\r, 2",
  "PREPARE commit AS SELECT 1",
  "EXECUTE commit",
  "SAVEPOINT a",
  "RELEASE SAVEPOINT commit",
  "ROLLBACK TO a",
  "ROLLBACK WORK TO SAVEPOINT a",
  "ROLLBACK /* b */ TRANSACTION -- c\n TO a",
  "SET search_path = begin, atomic",
  "DECLARE begin CURSOR FOR SELECT 1",
  "COMMENT ON TABLE begin IS 'COMMIT; END'",
  "ALTER TABLE t RENAME begin TO atomic",
  "GRANT SELECT ON begin TO atomic",
  "COPY t FROM '/tmp/stdin'",
  "COPY t TO STDOUT",
  "",
];

/** Statements that end or begin a transaction. */
const refused = [
  "COMMIT",
  "commit work",
  "COMMIT AND CHAIN",
  "COMMIT PREPARED 'x'",
  "END",
  "end transaction",
  "ABORT",
  "ROLLBACK",
  "ROLLBACK AND NO CHAIN",
  "ROLLBACK /* TO a */ WORK",
  "ROLLBACK PREPARED 'x'",
  "BEGIN",
  "BEGIN ISOLATION LEVEL SERIALIZABLE",
  "START TRANSACTION READ ONLY",
  "START /* a */\rTRANSACTION",
  "PREPARE TRANSACTION 'x'",
];

function parse(sql: string): readonly RawStmt[] {
  return parser.parse(sql).stmts ?? [];
}

/** The start and text of each statement, by Postgres's own grammar. */
function splitByPostgres(sql: string): readonly (readonly [start: number, text: string])[] {
  const encoded = Buffer.from(sql);
  return parse(sql).map(({ stmt_location: from = 0, stmt_len: length }) => {
    const text = encoded.subarray(from, length === undefined ? undefined : from + length).toString();
    const tokens = [...postgresTokens(text)];
    const [first, last] = [tokens[0], tokens.findLast(({ kind }) => kind !== "semicolon")];
    return [
      encoded.subarray(0, from).toString().length + (first?.index ?? 0),
      text.slice(first?.index, last?.end),
    ] as const;
  });
}

/** The parser's copy of the scanner ends a string at a comment; the server continues after it (guard.test.ts). */
const hasCommentBehindString = /'\s*--/;

function isParsed(sql: string): boolean {
  try {
    parse(sql);
    return true;
  } catch {
    return false;
  }
}

const control = /"TransactionStmt":\{"kind":"TRANS_STMT_(?!SAVEPOINT|RELEASE|ROLLBACK_TO)/;

function assertSame(sql: string): void {
  const shown = JSON.stringify(sql);
  assert.deepEqual(
    [...postgresStatements(sql)].map((statement) => [statement.index, statement.sql]),
    splitByPostgres(sql),
    shown,
  );
  const pieces = [...splitPieces(sql)];
  assert.equal(pieces.map(({ text }) => text).join(""), sql, shown);
  for (const { text } of pieces) assert.ok(parse(text).length <= 1, shown);
  const statements = parse(sql).map(({ stmt }) => JSON.stringify(stmt ?? {}));
  const isRefused = inspectPostgres(sql, { transaction: true }).refused !== undefined;
  // The server itself refuses it in the body of a function.
  const isInBody = statements.some((statement) => statement.slice(1).search(control) > 0);
  if (!isInBody)
    assert.equal(
      isRefused,
      statements.some((statement) => control.test(statement)),
      shown,
    );
}

describe("a text is split like Postgres's own grammar splits it, and the guard sees every statement", () => {
  for (const sql of harmless) {
    test(sql || "nothing", () => {
      assertSame(sql);
      assertSame(`${sql};SELECT 2;`);
      assert.notEqual(inspectPostgres(`${sql}\n;COMMIT`, { transaction: true }).refused, undefined);
    });
  }

  for (const sql of refused) {
    test(sql, () => {
      assertSame(sql);
      for (const before of harmless) assertSame(`${before}\n;${sql};\nSELECT 1`);
    });
  }

  test("5,000 random files", () => {
    const random = createRandom(10);
    const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? "";
    const blanks = ["", " ", "\n", "\r\n", "/* ; */", "-- ;\n", "-- COMMIT;\r", "\t", "/*/**/;*/", ";"];
    for (let round = 0; round < 5000; round++) {
      const statements = Array.from({ length: 1 + Math.floor(random() * 6) }, () => {
        const sql = pick(random() < 0.06 ? refused : harmless);
        // Some statements end in a comment.
        return `${pick(blanks)}${sql}\n${pick(blanks)};${pick(blanks)}`;
      });
      assertSame(statements.join(""));
    }
  });

  test("20,000 files with tokens added, left out, and exchanged at random", () => {
    const random = createRandom(19);
    const below = (limit: number) => Math.floor(random() * limit);
    const all = [...harmless, ...refused, ...refused];
    const words =
      ";|;|;COMMIT;|END|END;|; END|BEGIN|ATOMIC|BEGIN ATOMIC|CASE|(|)|COMMIT|case|, begin|AS end|'|$$|/*|*/|--|\n|\r|\"|E'|\\|TO|CREATE|FUNCTION|OR REPLACE".split(
        "|",
      );
    let compared = 0;
    for (let round = 0; round < 20_000; round++) {
      const sql = Array.from({ length: 1 + below(3) }, () => all[below(all.length)] ?? "").join(";");
      const parts = [...postgresTokens(sql)].map(({ index, end }) => sql.slice(index, end));
      for (let change = 1 + below(3); change > 0; change--) {
        const at = below(parts.length);
        const added = below(3) === 0 ? [] : [words[below(words.length)] ?? ""];
        parts.splice(at, below(2), ...added);
      }
      const text = parts.join(" ");
      if (!isParsed(text) || hasCommentBehindString.test(text)) continue;
      assertSame(text);
      compared++;
    }
    assert.ok(compared > 3000, `Postgres accepts only ${compared} texts`);
  });
});
