import type { Token } from "../token.ts";

/**
 * Splits an SQL text into tokens by the rules of Postgres
 * (https://github.com/postgres/postgres/blob/master/src/backend/parser/scan.l), with standard_conforming_strings on. An
 * unclosed quote or comment becomes the last token. It is written by hand: a string or comment of several megabytes
 * overflows the stack of a regular expression, and comments nest to any depth.
 */
export function* postgresTokens(sql: string): Generator<Token> {
  for (let index = 0; index < sql.length;) {
    const skipped = endOfComment(sql, index) ?? matchAt(space, sql, index);
    const token = skipped === undefined ? readToken(sql, index) : undefined;
    const end = Math.min(skipped ?? token?.end ?? sql.length, sql.length);
    if (skipped === unclosed) yield { kind: "unclosed", index, end };
    if (token !== undefined) yield { kind: token.end === unclosed ? "unclosed" : token.kind, index, end };
    index = end;
  }
}

/** Beyond the end of every text. */
const unclosed = Number.POSITIVE_INFINITY;

// Not \s: to Postgres, every byte beyond ASCII is a letter, even a no-break space.
const space = /[ \t\n\r\f\v]+/y;
const word = /[A-Za-z_\u0080-\uFFFF][\w$\u0080-\uFFFF]*/y;
// Letters directly after a number begin another token: before Postgres 15, `1END` is a number and END; later an error.
const number = /(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?/iy;
// Without this, `$1$$` would be read as `$` and a dollar quote.
const parameter = /\$\d+/y;
const dollarQuote = /\$(?:[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)?\$/y;
const operatorSigns = new Set("~!@#^&|`?+-*/%<>=");

function readToken(sql: string, index: number): Pick<Token, "kind" | "end"> {
  if (sql[index] === ";") return { kind: "semicolon", end: index + 1 };
  const quotedEnd = endOfQuoted(sql, index);
  if (quotedEnd !== undefined) return { kind: "quoted", end: quotedEnd };
  const wordEnd = matchAt(word, sql, index);
  if (wordEnd !== undefined) return { kind: "word", end: wordEnd };
  const end = matchAt(parameter, sql, index) ?? matchAt(number, sql, index) ?? endOfOperator(sql, index);
  return { kind: "other", end: end ?? index + 1 };
}

/** A comment ends an operator: `+--` is a plus. */
function endOfOperator(sql: string, start: number): number | undefined {
  let end = start;
  while (operatorSigns.has(sql.charAt(end)) && !isCommentStart(sql, end)) end++;
  return end > start ? end : undefined;
}

function isCommentStart(sql: string, index: number): boolean {
  return sql.startsWith("--", index) || sql.startsWith("/*", index);
}

/** Block comments nest. */
function endOfComment(sql: string, start: number): number | undefined {
  if (sql.startsWith("--", start)) return endOfLine(sql, start);
  if (!sql.startsWith("/*", start)) return undefined;
  let depth = 0;
  for (let index = start; index < sql.length; index++) {
    if (sql.startsWith("/*", index)) depth++;
    else if (sql.startsWith("*/", index)) depth--;
    else continue;
    index++;
    if (depth === 0) return index + 1;
  }
  return unclosed;
}

/** To Postgres, a lone carriage return also ends a line. */
function endOfLine(sql: string, start: number): number {
  for (let index = start; index < sql.length; index++) {
    if (sql[index] === "\n" || sql[index] === "\r") return index + 1;
  }
  return sql.length;
}

function endOfQuoted(sql: string, index: number): number | undefined {
  switch (sql.charAt(index)) {
    case "'":
    case '"':
      return endOfString(sql, index);
    case "e":
    case "E":
      return sql[index + 1] === "'" ? endOfEscapeString(sql, index + 1) : undefined;
    case "b":
    case "B":
    case "x":
    case "X":
    case "n":
    case "N":
      return sql[index + 1] === "'" ? endOfString(sql, index + 1) : undefined;
    case "u":
    case "U":
      return sql[index + 1] === "&" && /['"]/.test(sql.charAt(index + 2)) ? endOfString(sql, index + 2) : undefined;
    case "$": {
      const opened = matchAt(dollarQuote, sql, index);
      return opened === undefined ? undefined : endAfter(sql, sql.slice(index, opened), opened);
    }
    default:
      return undefined;
  }
}

/** A doubled quote is a literal quote. */
function endOfString(sql: string, start: number): number {
  const quote = sql.charAt(start);
  for (let index = start; ;) {
    index = sql.indexOf(quote, index + 1);
    if (index === -1) return unclosed;
    if (sql[index + 1] !== quote) return index + 1;
    index++;
  }
}

/** In E'…', a quote after a backslash is literal too, even if the string continues on a later line. */
function endOfEscapeString(sql: string, start: number): number {
  for (let index = start + 1; index < sql.length; index++) {
    if (sql[index] === "\\") index++;
    else if (sql[index] === "'" && sql[index + 1] === "'") index++;
    else if (sql[index] === "'") {
      const next = findContinuation(sql, index + 1);
      if (next === undefined) return index + 1;
      index = next;
    }
  }
  return unclosed;
}

/** The quote that continues a string. Before it come only white space with a line break, and `--` comments. */
function findContinuation(sql: string, from: number): number | undefined {
  let hasLineBreak = false;
  for (let index = from; index < sql.length;) {
    const isComment = sql.startsWith("--", index);
    const end = isComment ? endOfLine(sql, index) : (matchAt(space, sql, index) ?? index);
    if (end === index) return hasLineBreak && sql[index] === "'" ? index : undefined;
    hasLineBreak ||= /[\n\r]/.test(sql.slice(index, end));
    index = end;
  }
  return undefined;
}

function endAfter(sql: string, mark: string, from: number): number {
  const at = sql.indexOf(mark, from);
  return at === -1 ? unclosed : at + mark.length;
}

function matchAt(pattern: RegExp, sql: string, index: number): number | undefined {
  pattern.lastIndex = index;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}
