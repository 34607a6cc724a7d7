/** A part of an SQL text. White space and comments are none. */
export interface Token {
  readonly kind: "word" | "semicolon" | "other" | "unclosed";
  /** UTF-16 indexes. */
  readonly index: number;
  readonly end: number;
}

/**
 * The tokens of an SQL text as Postgres reads it: what is quoted is one `other`, and what is never closed is the last
 * one. By hand and not by one regular expression: a seed may hold a string or a comment of megabytes, which overflows
 * the stack of a regular expression, and comments nest to any depth.
 */
export function* tokensOf(sql: string): Generator<Token> {
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

const space = /\s+/y;
// Postgres takes every byte beyond ASCII for a letter. \w has digits and the underscore.
const word = /[A-Za-z_\u0080-\uFFFF][\w$\u0080-\uFFFF]*/y;
const number = /\d[\w.]*/y;
const dollarQuote = /\$(?:[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)?\$/y;

function readToken(sql: string, index: number): Pick<Token, "kind" | "end"> {
  if (sql[index] === ";") return { kind: "semicolon", end: index + 1 };
  const quotedEnd = endOfQuoted(sql, index);
  if (quotedEnd !== undefined) return { kind: "other", end: quotedEnd };
  const wordEnd = matchAt(word, sql, index);
  if (wordEnd !== undefined) return { kind: "word", end: wordEnd };
  return { kind: "other", end: matchAt(number, sql, index) ?? index + 1 };
}

/** Comments of the second kind nest. */
function endOfComment(sql: string, start: number): number | undefined {
  if (sql.startsWith("--", start)) return Math.min(endAfter(sql, "\n", start), sql.length);
  if (!sql.startsWith("/*", start)) return undefined;
  let depth = 0;
  for (const mark of sql.slice(start).matchAll(/\/\*|\*\//g)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return start + mark.index + 2;
  }
  return unclosed;
}

function endOfQuoted(sql: string, index: number): number | undefined {
  switch (sql.charAt(index)) {
    case "'":
    case '"':
      return endOfString(sql, index, { escapes: false });
    case "e":
    case "E":
      return sql[index + 1] === "'" ? endOfString(sql, index + 1, { escapes: true }) : undefined;
    case "$": {
      const opened = matchAt(dollarQuote, sql, index);
      return opened === undefined ? undefined : endAfter(sql, sql.slice(index, opened), opened);
    }
    default:
      return undefined;
  }
}

/** A doubled quote stands for itself; in E'…' so does one after a backslash. */
function endOfString(sql: string, start: number, { escapes }: { readonly escapes: boolean }): number {
  const quote = sql[start];
  for (let index = start + 1; index < sql.length; index++) {
    if (escapes && sql[index] === "\\") index++;
    else if (sql[index] === quote && sql[index + 1] === quote) index++;
    else if (sql[index] === quote) return index + 1;
  }
  return unclosed;
}

function endAfter(sql: string, mark: string, from: number): number {
  const at = sql.indexOf(mark, from);
  return at === -1 ? unclosed : at + mark.length;
}

function matchAt(pattern: RegExp, sql: string, index: number): number | undefined {
  pattern.lastIndex = index;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}
