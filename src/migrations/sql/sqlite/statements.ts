import { keywordAt } from "../keyword.ts";
import type { Statement } from "../statement.ts";
import { sqliteTokens } from "./tokens.ts";

export interface SqliteStatement extends Statement {
  /** The quote, comment or body that is never closed. Only the last statement can have one. */
  readonly unclosed?: number;
}

const shownWords = 4;

/** The statements of an SQL text. The body of a trigger ends at an END directly after a semicolon, and its own semicolon. */
export function* sqliteStatements(sql: string): Generator<SqliteStatement> {
  let one: Collected | undefined;
  for (const { kind, index, end } of sqliteTokens(sql)) {
    const isInBody = one?.body !== undefined && !one.isEnded;
    if (kind === "semicolon" && !isInBody) {
      if (one !== undefined) yield close(one, sql);
      one = undefined;
      continue;
    }
    one ??= { index, end, words: [], takesWords: true, isEnded: false, previous: "" };
    one.end = end;
    if (kind === "unclosed") one.unclosed ??= index;
    const word = kind === "word" ? keywordAt(sql, index, end) : undefined;
    one.takesWords &&= word !== undefined && one.words.length < shownWords;
    if (one.takesWords && word !== undefined) one.words.push(word);
    if (word === "BEGIN" && isTrigger(one.words)) one.body ??= index;
    one.isEnded = word === "END" && one.previous === ";";
    one.previous = word ?? sql.slice(index, end);
  }
  if (one === undefined) return;
  const unclosed = one.unclosed ?? (one.isEnded ? undefined : one.body);
  yield { ...close(one, sql), ...(unclosed !== undefined && { unclosed }) };
}

interface Collected {
  readonly index: number;
  end: number;
  readonly words: string[];
  takesWords: boolean;
  unclosed?: number;
  /** The BEGIN of a trigger. */
  body?: number;
  isEnded: boolean;
  previous: string;
}

function isTrigger([first, second = "", third]: readonly string[]): boolean {
  return first === "CREATE" && (["TEMP", "TEMPORARY"].includes(second) ? third : second) === "TRIGGER";
}

const close = ({ index, end, words }: Collected, sql: string): SqliteStatement => ({
  index,
  words,
  sql: sql.slice(index, end),
});
