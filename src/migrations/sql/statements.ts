import { hash } from "node:crypto";
import { clausesOf } from "./clauses.ts";
import { tokensOf } from "./tokens.ts";

/** A place in a text. Both numbers count from 1; the column counts characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Statement {
  /** Without its semicolon. */
  readonly sql: string;
  /** Its start in the file, as a UTF-16 index. */
  readonly index: number;
  /** Its leading keywords and names in upper case, four at most. */
  readonly words: readonly string[];
}

/** The statements of a file. Comments inside a statement stay. */
export function splitStatements(sql: string): readonly Statement[] {
  return [...readStatements(sql)];
}

/** Yields the statements one by one: a file of many megabytes may hold a million. */
export function* readStatements(sql: string): Generator<Statement> {
  let first: { readonly index: number; readonly words: readonly string[] } | undefined;
  let end = 0;
  for (const clause of clausesOf(sql)) {
    if (clause.index !== undefined) {
      first ??= { index: clause.index, words: clause.words };
      end = clause.end;
    }
    if (!clause.endsStatement) continue;
    if (first !== undefined) yield { ...first, sql: sql.slice(first.index, end) };
    first = undefined;
  }
}

/**
 * sha256 in hexadecimal. It ignores white space, comments, line endings, and the case of unquoted words.
 */
export function hashOfStatement({ sql }: Pick<Statement, "sql">): string {
  const tokens = Array.from(tokensOf(sql), ({ kind, index, end }) => {
    const text = sql.slice(index, end).replaceAll("\r\n", "\n");
    return kind === "word" ? text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
  });
  return hash("sha256", tokens.join(" "));
}

/** The line and column of a UTF-16 index. */
export function placeOf(text: string, index: number): Place {
  const before = text.slice(0, index);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}

/** The UTF-16 index of a position from Postgres, which counts code points from 1. */
export function indexOfCharacter(text: string, position: number): number {
  let index = 0;
  for (let character = 1; character < position && index < text.length; character++) {
    index += (text.codePointAt(index) ?? 0) > 0xff_ff ? 2 : 1;
  }
  return index;
}
