import type { Dialect } from "../../migrations/sql/dialect.ts";
import { keywordAt } from "../../migrations/sql/keyword.ts";
import { tokensOf } from "../../migrations/sql/tokens.ts";

/** A token of a statement, as a keyword and as a name. */
export interface Word {
  /** In upper case; a sign; or `'` for anything in quotes, which is never a keyword. */
  readonly word: string;
  /** As written, without quotes. */
  readonly name: string;
  /** Where in the migration, in UTF-16 units. */
  readonly at: number;
  /** How many parentheses are open around it. A parenthesis counts as outside of itself. */
  readonly depth: number;
}

/** The words of a statement. What is in a comment that MySQL runs is part of it. */
export function wordsOf(sql: string, start: number, dialect: Dialect): readonly Word[] {
  let depth = 0;
  const words: Word[] = [];
  for (const { kind, index, end } of tokensOf(sql, dialect)) {
    if (kind !== "word" && kind !== "quoted" && kind !== "other") continue;
    const text = sql.slice(index, end);
    const isQuoted = kind === "quoted";
    if (text === ")") depth--;
    words.push({
      word: isQuoted ? "'" : keywordAt(sql, index, end),
      name: isQuoted ? unquote(text) : text,
      at: start + index,
      depth,
    });
    if (text === "(") depth++;
  }
  return words;
}

function unquote(text: string): string {
  const quote = text.at(-1) ?? "";
  return text.slice(1, -1).replaceAll(quote + quote, quote);
}

/** Reads words from the left. */
export interface Cursor {
  /** Takes these words if all of them follow. */
  readonly take: (...words: readonly string[]) => boolean;
  /** Takes the next word if it is one of these. */
  readonly takeAny: (words: readonly string[]) => string | undefined;
  /** Takes a name: `shop.orders`. Its parts; empty if no name follows. */
  readonly takeName: () => readonly string[];
  readonly peek: () => Word | undefined;
  /** All words that are left. */
  readonly rest: () => readonly Word[];
}

export function createCursor(words: readonly Word[]): Cursor {
  let next = 0;
  const take = (...wanted: readonly string[]) => {
    const follows = wanted.every((word, index) => words[next + index]?.word === word);
    if (follows) next += wanted.length;
    return follows;
  };
  const takePart = (): readonly string[] => {
    const part = words[next];
    if (part === undefined || !/^[\w'$\u0080-\uFFFF]/.test(part.word)) return [];
    next++;
    return [part.name];
  };
  return {
    take,
    takeAny: (wanted) => wanted.find((word) => take(word)),
    takeName() {
      const first = takePart();
      return first.length > 0 && take(".") ? [...first, ...takePart()] : first;
    },
    peek: () => words[next],
    rest: () => words.slice(next),
  };
}

/** Splits at the commas of the outermost level. */
export function splitAtCommas(words: readonly Word[]): readonly (readonly Word[])[] {
  const level = Math.min(...words.map(({ depth }) => depth));
  const parts: Word[][] = [[]];
  for (const word of words) {
    if (word.word === "," && word.depth === level) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts.filter((part) => part.length > 0);
}

/** Whether these words follow each other, in no parentheses but those around all of them. */
export function contains(words: readonly Word[], ...wanted: readonly string[]): boolean {
  const level = Math.min(...words.map(({ depth }) => depth));
  const outer = words.filter(({ depth }) => depth === level);
  return outer.some((_, start) => wanted.every((word, index) => outer[start + index]?.word === word));
}
