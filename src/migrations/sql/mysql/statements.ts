import type { MysqlDialect } from "../dialect.ts";
import { keywordAt } from "../keyword.ts";
import type { Statement } from "../statement.ts";
import { createBodyTracker, type BodyTracker } from "./body.ts";
import { mysqlTokens } from "./tokens.ts";

/** A statement, and the parts of it that no server understands. */
export interface MysqlStatement extends Statement {
  /** Its first backslash outside of quotes: a command of MySQL's client. */
  readonly backslash?: number;
  /** The quote, comment or body that is never closed. Only the last statement can have one. */
  readonly unclosed?: number;
  /** Set if it creates a stored program, or is a compound statement. */
  readonly isProgram?: true;
  /** Set if only DELIMITER can tell where it ends, and the file has none. */
  readonly needsDelimiter?: true;
}

const shownWords = 4;

/**
 * The statements of an SQL text. A semicolon in the body of a stored program does not end a statement. With a DELIMITER of the
 * file's own, only that ends a stored program. Other statements end at a semicolon too.
 */
export function* mysqlStatements(sql: string, dialect: MysqlDialect): Generator<MysqlStatement> {
  let one: Collected | undefined;
  let hasDelimiter = false;
  let isInComment = false;
  for (const { kind, index, end } of mysqlTokens(sql, dialect)) {
    if (kind === "command") {
      hasDelimiter = sql.slice(index, end).split(/\s+/)[1]?.replaceAll(/["'`]/g, "") !== ";";
      continue;
    }
    const isEnd =
      kind === "delimiter" ||
      (kind === "semicolon" && !isInComment && (one === undefined || endsAt(one.body, hasDelimiter)));
    if (isEnd) {
      if (one !== undefined) yield close(one, sql, hasDelimiter);
      one = undefined;
      continue;
    }
    one ??= { index, end, words: [], takesWords: true, body: createBodyTracker() };
    one.end = end;
    if (kind === "unclosed") one.unclosed ??= index;
    if (kind === "mark") {
      isInComment = !isInComment;
      continue;
    }
    const word = kind === "word" ? keywordAt(sql, index, end) : undefined;
    if (sql[index] === "\\") one.backslash ??= index;
    one.takesWords &&= word !== undefined && one.words.length < shownWords;
    if (one.takesWords && word !== undefined) one.words.push(word);
    one.body.take(word ?? (kind === "quoted" ? "'" : sql.slice(index, end)), index);
  }
  if (one === undefined) return;
  const unclosed = one.unclosed ?? (hasDelimiter ? undefined : one.body.unclosed());
  yield { ...close(one, sql, hasDelimiter), ...(unclosed !== undefined && { unclosed }) };
}

interface Collected {
  readonly index: number;
  end: number;
  readonly words: string[];
  takesWords: boolean;
  backslash?: number;
  unclosed?: number;
  readonly body: BodyTracker;
}

function endsAt(body: BodyTracker, hasDelimiter: boolean): boolean {
  return body.isProgram() ? !hasDelimiter && body.isOutside() : true;
}

function close({ index, end, words, backslash, body }: Collected, sql: string, hasDelimiter: boolean): MysqlStatement {
  return {
    index,
    words,
    sql: sql.slice(index, end),
    ...(backslash !== undefined && { backslash }),
    ...(body.isProgram() && { isProgram: true }),
    ...(!hasDelimiter && body.needsDelimiter() && { needsDelimiter: true }),
  };
}
