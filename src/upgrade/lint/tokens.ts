/** A piece of SQL that means something: a word, a quoted name, a string, a sign. White space and comments are none. */
export interface Token {
  readonly start: number;
  readonly end: number;
}

const space = /[\s\uFEFF]+/y;
const word = /[A-Za-z_\u0080-\uFFFF][A-Za-z0-9_$\u0080-\uFFFF]*/y;
const numeral = /\d[\w.]*/y;
const dollarQuote = /\$(?:[A-Za-z_\u0080-\uFFFF][A-Za-z0-9_\u0080-\uFFFF]*)?\$/y;

/** The first token at or after an index; undefined at the end. What is left open at the end reaches to the end. */
export function nextToken(sql: string, from: number): Token | undefined {
  let start = from;
  while (start < sql.length) {
    const blank = matchEnd(space, sql, start) ?? commentEnd(sql, start);
    if (blank === undefined) return { start, end: tokenEnd(sql, start) };
    start = blank;
  }
  return undefined;
}

function tokenEnd(sql: string, start: number): number {
  const first = sql[start] ?? "";
  if (first === "'" || first === '"') return quoteEnd(sql, start, first);
  if (first === "$") {
    const open = matchEnd(dollarQuote, sql, start);
    return open === undefined
      ? (matchEnd(numeral, sql, start + 1) ?? start + 1)
      : endAfter(sql, sql.slice(start, open), open);
  }
  const end = matchEnd(word, sql, start) ?? matchEnd(numeral, sql, start) ?? start + 1;
  // E'…' is one token, in which a backslash escapes the quote; of the other prefixes the word may stand alone.
  return end === start + 1 && /[eE]/.test(first) && sql[end] === "'" ? escapedEnd(sql, end) : end;
}

/** A quote that is written twice is one in the text: as two strings side by side it ends in the same place. */
function quoteEnd(sql: string, start: number, quote: string): number {
  let end = endAfter(sql, quote, start + 1);
  while (sql[end] === quote) end = endAfter(sql, quote, end + 1);
  return end;
}

function escapedEnd(sql: string, start: number): number {
  for (let index = start + 1; index < sql.length; index++) {
    if (sql[index] === "\\") index++;
    else if (sql[index] === "'" && sql[index + 1] === "'") index++;
    else if (sql[index] === "'") return index + 1;
  }
  return sql.length;
}

function commentEnd(sql: string, start: number): number | undefined {
  if (sql.startsWith("--", start)) {
    const end = sql.indexOf("\n", start);
    return end === -1 ? sql.length : end;
  }
  if (!sql.startsWith("/*", start)) return undefined;
  // They nest.
  let depth = 1;
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start + 2;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}

function endAfter(sql: string, text: string, from: number): number {
  const index = sql.indexOf(text, from);
  return index === -1 ? sql.length : index + text.length;
}

function matchEnd(pattern: RegExp, sql: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}
