import type { MysqlDialect } from "../dialect.ts";
import type { Token } from "../token.ts";

/**
 * Splits an SQL text into tokens by the rules of MySQL and MariaDB
 * (https://dev.mysql.com/doc/refman/8.4/en/lexical-structure.html). It also reads DELIMITER lines, as their client does: the
 * server does not know them.
 */
export function* mysqlTokens(sql: string, dialect: MysqlDialect): Generator<Token> {
  let delimiter = ";";
  let opened: number | undefined;
  let isStart = true;
  for (let index = 0; index < sql.length;) {
    const command = isStart ? readCommand(sql, index) : undefined;
    if (command !== undefined) {
      delimiter = command.delimiter;
      yield { kind: "command", index, end: command.end };
      index = command.end;
      continue;
    }
    if (delimiter !== ";" && sql.startsWith(delimiter, index)) {
      yield { kind: "delimiter", index, end: index + delimiter.length };
      index += delimiter.length;
      isStart = true;
      continue;
    }
    const mark = readMark(sql, index, opened !== undefined);
    const skipped = mark === undefined ? endOfSkipped(sql, index) : undefined;
    const token = mark ?? (skipped === undefined ? readToken(sql, index, delimiter, dialect) : undefined);
    const end = Math.min(skipped ?? token?.end ?? sql.length, sql.length);
    if (skipped === unclosed) yield { kind: "unclosed", index, end };
    if (token !== undefined) yield { kind: token.end === unclosed ? "unclosed" : token.kind, index, end };
    if (mark !== undefined) opened = opened === undefined ? index : undefined;
    if (token !== undefined) isStart = token.kind === "semicolon" && opened === undefined;
    index = end;
  }
  if (opened !== undefined) yield { kind: "unclosed", index: opened, end: sql.length };
}

/** Beyond the end of every text. */
const unclosed = Number.POSITIVE_INFINITY;

const space = /[ \t\n\r\f\v]+/y;
/** A name may begin with a digit, and every character beyond ASCII is a letter. */
const word = /[\w$\u0080-\uFFFF]+/y;
const isNumber = /^\d+$/;
const delimiterLine = /DELIMITER[ \t]+(?:'([^'\r\n]+)'|"([^"\r\n]+)"|`([^`\r\n]+)`|([^\s]+))[^\n]*/iy;

function readCommand(sql: string, index: number): { readonly delimiter: string; readonly end: number } | undefined {
  delimiterLine.lastIndex = index;
  const match = delimiterLine.exec(sql);
  if (match === null) return undefined;
  const [text, ...values] = match;
  return { delimiter: values.find((value) => value !== undefined) ?? ";", end: index + text.length };
}

const markStart = /\/\*M?!(\d{5,6})?/y;
/** mariadb-dump begins with such a comment for its client. No server has a version this high. */
const neverRun = /^99999/;

/** The start of a comment that the server runs, or its end. */
function readMark(sql: string, index: number, isOpen: boolean): Pick<Token, "kind" | "end"> | undefined {
  if (isOpen) return sql.startsWith("*/", index) ? { kind: "mark", end: index + 2 } : undefined;
  markStart.lastIndex = index;
  const match = markStart.exec(sql);
  if (match === null || neverRun.test(match[1] ?? "")) return undefined;
  return { kind: "mark", end: markStart.lastIndex };
}

function endOfSkipped(sql: string, index: number): number | undefined {
  if (sql[index] === "#" || isDashComment(sql, index)) return endAfter(sql, "\n", index, sql.length);
  // Comments do not nest, but a comment that the server runs may hold others.
  if (sql.startsWith("/*", index)) return endAfter(sql, "*/", index + 2, unclosed);
  return matchAt(space, sql, index);
}

/** Two dashes without white space after them are two minus signs. Drizzle's mark is no SQL otherwise, and is cut out. */
function isDashComment(sql: string, index: number): boolean {
  if (!sql.startsWith("--", index)) return false;
  return index + 2 >= sql.length || sql.charCodeAt(index + 2) <= 0x20 || sql.startsWith(drizzleMark, index);
}

const drizzleMark = "--> statement-breakpoint";

function readToken(sql: string, index: number, delimiter: string, dialect: MysqlDialect): Pick<Token, "kind" | "end"> {
  const sign = sql.charAt(index);
  if (sign === ";") return { kind: "semicolon", end: index + 1 };
  if (sign === "'" || sign === '"' || sign === "`") {
    const isString = sign === "'" || (sign === '"' && !dialect.ansiQuotes);
    return { kind: "quoted", end: endOfQuoted(sql, index, isString && dialect.backslashEscapes) };
  }
  const wordEnd = matchAt(word, sql, index);
  if (wordEnd === undefined) return { kind: "other", end: index + 1 };
  // `END$$` ends a word and a statement.
  const at = delimiter === ";" ? -1 : sql.slice(index, wordEnd).indexOf(delimiter);
  const end = at > 0 ? index + at : wordEnd;
  return { kind: isNumber.test(sql.slice(index, end)) ? "other" : "word", end };
}

/** A doubled quote is a literal quote. */
function endOfQuoted(sql: string, start: number, hasEscapes: boolean): number {
  const quote = sql.charAt(start);
  for (let index = start + 1; index < sql.length; index++) {
    const sign = sql.charAt(index);
    if (sign === "\\" && hasEscapes) index++;
    else if (sign === quote && sql[index + 1] === quote) index++;
    else if (sign === quote) return index + 1;
  }
  return unclosed;
}

function endAfter(sql: string, mark: string, from: number, otherwise: number): number {
  const at = sql.indexOf(mark, from);
  return at === -1 ? otherwise : at + mark.length;
}

function matchAt(pattern: RegExp, sql: string, index: number): number | undefined {
  pattern.lastIndex = index;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}
