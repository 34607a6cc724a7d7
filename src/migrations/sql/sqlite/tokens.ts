import type { Token } from "../token.ts";

/** Splits an SQL text into tokens by the rules of SQLite (https://www.sqlite.org/lang.html). */
export function* sqliteTokens(sql: string): Generator<Token> {
  for (let index = 0; index < sql.length;) {
    const skipped = endOfSkipped(sql, index);
    const token = skipped === undefined ? readToken(sql, index) : undefined;
    const end = Math.min(skipped ?? token?.end ?? sql.length, sql.length);
    if (skipped === unclosed) yield { kind: "unclosed", index, end };
    if (token !== undefined) yield { kind: token.end === unclosed ? "unclosed" : token.kind, index, end };
    index = end;
  }
}

/** Beyond the end of every text. */
const unclosed = Number.POSITIVE_INFINITY;

const space = /[ \t\n\r\f\v]+/y;
const word = /[A-Za-z_\u0080-\uFFFF][\w$\u0080-\uFFFF]*/y;
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/iy;
const closings: Readonly<Record<string, string>> = { "'": "'", '"': '"', "`": "`", "[": "]" };

function endOfSkipped(sql: string, index: number): number | undefined {
  if (sql.startsWith("--", index)) return endAfter(sql, "\n", index, sql.length);
  if (sql.startsWith("/*", index)) return endAfter(sql, "*/", index + 2, unclosed);
  return matchAt(space, sql, index);
}

function readToken(sql: string, index: number): Pick<Token, "kind" | "end"> {
  const sign = sql.charAt(index);
  if (sign === ";") return { kind: "semicolon", end: index + 1 };
  const closing = closings[sign];
  if (closing !== undefined) return { kind: "quoted", end: endOfQuoted(sql, index, closing) };
  const wordEnd = matchAt(word, sql, index);
  if (wordEnd !== undefined) return { kind: "word", end: wordEnd };
  return { kind: "other", end: matchAt(number, sql, index) ?? index + 1 };
}

/** A doubled quote is a literal quote, but a bracket ends a name always. */
function endOfQuoted(sql: string, start: number, closing: string): number {
  for (let index = start; ;) {
    index = sql.indexOf(closing, index + 1);
    if (index === -1) return unclosed;
    if (closing === "]" || sql[index + 1] !== closing) return index + 1;
    index++;
  }
}

function endAfter(sql: string, mark: string, from: number, otherwise: number): number {
  const at = sql.indexOf(mark, from);
  return at === -1 ? otherwise : at + mark.length;
}

function matchAt(pattern: RegExp, sql: string, index: number): number | undefined {
  pattern.lastIndex = index;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}
