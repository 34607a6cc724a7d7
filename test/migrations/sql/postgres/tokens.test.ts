import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { loadModule, scanSync, type ScanToken } from "libpg-query";
import { postgresTokens } from "../../../../src/migrations/sql/postgres/tokens.ts";
import { createRandom } from "../../../harness/random.ts";

before(loadModule);

type Range = readonly [kind: string, start: number, end: number];

/** The tokens from Postgres's own scanner; undefined if it refuses the text. */
function scanByPostgres(sql: string): readonly Range[] | undefined {
  let tokens: readonly ScanToken[];
  try {
    ({ tokens } = scanSync(sql));
  } catch {
    return undefined;
  }
  const encoded = Buffer.from(sql);
  const unitsUpTo = (bytes: number) => encoded.subarray(0, bytes).toString().length;
  return tokens
    .filter(({ tokenName }) => !tokenName.endsWith("COMMENT"))
    .map(({ start, end }) => {
      const [from, to] = [unitsUpTo(start), unitsUpTo(end)];
      return [kindOf(sql.slice(from, to), sql[to]), from, to];
    });
}

function kindOf(text: string, next: string | undefined): string {
  if (text === ";") return "semicolon";
  // In Postgres's scanner, the N of N'…' is a separate token.
  if (/['"]$/.test(text) || (text.startsWith("$") && text.endsWith("$") && text.length > 1)) return "quoted";
  if (/^n$/i.test(text) && next === "'") return "quoted";
  return /^[A-Za-z_\u0080-\uFFFF]/.test(text) ? "word" : "other";
}

function scanByUs(sql: string): readonly Range[] {
  return [...postgresTokens(sql)].map(({ kind, index, end }) => [kind, index, end]);
}

/** Merges tokens that the two split differently on purpose: adjacent strings, operators, and numbers of Postgres 16. */
function merge(ranges: readonly Range[], sql: string): readonly Range[] {
  const merged: [string, number, number][] = [];
  let wasNumber = false;
  for (const [kind, start, end] of ranges) {
    const last = merged.at(-1);
    const isRest = kind === "word" && wasNumber && last?.[2] === start;
    const isSame =
      last?.[0] === kind && (kind === "quoted" || (kind === "other" && last[2] === start && sql[start] !== ")"));
    if (last !== undefined && (isRest || isSame)) last[2] = end;
    else merged.push([kind, start, end]);
    wasNumber = kind === "other" && /^[\d.]/.test(sql.slice(start, end)) && /\d$/.test(sql.slice(start, end));
  }
  return merged;
}

/** The parser's copy of the scanner ends a string at a comment; the server continues after it (guard-server.test.ts). */
const hasCommentBehindString = /'\s*--/;

function assertSame(sql: string): boolean {
  if (hasCommentBehindString.test(sql)) return false;
  const postgres = scanByPostgres(sql);
  if (postgres === undefined) return false;
  assert.deepEqual(merge(scanByUs(sql), sql), merge(postgres, sql), JSON.stringify(sql));
  return true;
}

const fragments = [
  ..."'\"\\;()+-/*@.<$&\n\r\t\f \u000B\u00A0\uFEFFaé🚢1",
  ...["''", "E'", "e'", "$$", "$a$", "$é$", "$a1$", "$1", "$1$", "--", "\r\n", "/*", "*/", "/**/", 'U&"', "U&'", "u&'"],
  ...["b'", "x'", "N'", "n'", "_a$", "a$b$c", "1.5", "1e", "1e5", "0x1F", "1_0", "::", ":=", "=>", "\\'", "\\\\"],
  ...["COMMIT", "begin", "ATOMIC", "END", "CASE", "UESCAPE '!'", "SELECT 1", "'a'\n'", "E'a'\n'\\"],
];

describe("texts are split into the same tokens as by Postgres", () => {
  for (const sql of [
    "SELECT E'a'\n'\\''; COMMIT; --'",
    "SELECT E'a' '\\'",
    "-- a\rCOMMIT",
    "-- a\u2028COMMIT",
    "SELECT\u00A01",
    "SELECT $1$$a;$$",
    "SELECT $a$b$c$; $a$;",
    "SELECT a$b$; COMMIT; SELECT $b$;$b$",
    "SELECT $größe$ ; $größe$, $日本$;$日本$",
    "SELECT U&'d\\0061t\\+000061', U&\"d!0061t!+000061\" UESCAPE '!', u&'\\'",
    "SELECT n'a;''b', b'1', x'1F', N'\\'",
    "SELECT 1 +-- a;\n 2, 3 */* ; */ 4, 5 @-1",
    "/* a /* ; */ */ SELECT /*/*/**/*/*/ 1",
    "SELECT '\\'; COMMIT; --'",
    'SELECT "a""b;", "\\"; COMMIT',
    "SELECT 1.5e3, .5, 1., 0x1F, 1_000, 0b1, 1..2",
  ])
    test(JSON.stringify(sql), () => assert.equal(assertSame(sql), true, "Postgres refuses it"));

  test("60,000 random texts", () => {
    const random = createRandom(20_261_128);
    const below = (limit: number) => Math.floor(random() * limit);
    let compared = 0;
    for (let round = 0; round < 60_000; round++) {
      const sql = Array.from({ length: 1 + below(14) }, () => fragments[below(fragments.length)]).join("");
      if (assertSame(sql)) compared++;
    }
    assert.ok(compared > 10_000, `Postgres took only ${compared} of them`);
  });
});
