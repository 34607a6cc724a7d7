import type { Dialect } from "../sql/dialect.ts";
import { tokensOf } from "../sql/tokens.ts";
import { placeholdersIn, type Placeholder } from "./template-marks.ts";

/** An SQL text, and the rules by which it is read. */
export interface Text {
  readonly source: string;
  readonly dialect: Dialect;
}

/** A comment of an SQL text, outside of strings, quoted names and dollar quotes. */
export interface Comment {
  /** UTF-16 indexes: of its first character, and directly after its last. */
  readonly index: number;
  readonly end: number;
  /** Whether only white space comes before it on its line. */
  readonly beginsLine: boolean;
  /** Whether it is in parentheses, for example between two columns. No marker can stand there. */
  readonly isInParentheses: boolean;
}

/** The parts of a text that matter for marker lines. */
export interface Anatomy {
  readonly comments: readonly Comment[];
  /** The places of `#` outside of strings: in Play's files, marker lines begin with `#`. */
  readonly hashes: ReadonlySet<number>;
  /** The places of template marks outside of comments, and of `:name` outside of comments and quotes. */
  readonly placeholders: readonly Placeholder[];
}

/** Reads the whole text once. Call it only for a text that may contain a marker. */
export function readAnatomy({ source: sql, dialect }: Text): Anatomy {
  const comments: Comment[] = [];
  const hashes = new Set<number>();
  const placeholders: Placeholder[] = [];
  let end = 0;
  let brackets = 0;
  let parentheses = 0;
  const takeComments = (from: number, to: number) => {
    const isInParentheses = parentheses > 0;
    for (const comment of commentsBetween(sql, from, to)) {
      // In MySQL, `#` begins a comment. Play's lines begin so in any database.
      if (sql[comment.index] === "#") hashes.add(comment.index);
      else comments.push({ ...comment, isInParentheses });
    }
  };
  for (const token of tokensOf(sql, dialect)) {
    if (sql[token.index] === "[") brackets++;
    if (sql[token.index] === "]") brackets--;
    if (token.kind === "command" || token.kind === "delimiter") {
      takeComments(end, token.index);
      end = token.end;
      continue;
    }
    if (brackets === 0 && isVariable(sql, token.index)) placeholders.push({ index: token.index, within: "nothing" });
    takeComments(end, token.index);
    if (sql[token.index] === "(") parentheses++;
    if (sql[token.index] === ")") parentheses = Math.max(0, parentheses - 1);
    if (sql[token.index] === "#") hashes.add(token.index);
    placeholders.push(...placeholdersIn(sql, token));
    end = token.end;
  }
  takeComments(end, sql.length);
  return { comments, hashes, placeholders };
}

/** Whether the part contains more than comments and semicolons. It must begin outside of quotes. */
export function hasStatement(text: Text, from: number, to: number): boolean {
  return firstStatement(text, from, to) !== undefined;
}

export function firstStatement({ source, dialect }: Text, from: number, to: number): number | undefined {
  for (const { kind, index } of tokensOf(source.slice(from, to), dialect))
    if (kind !== "semicolon" && kind !== "delimiter" && kind !== "command") return from + index;
  return undefined;
}

function commentsBetween(sql: string, from: number, to: number): readonly Omit<Comment, "isInParentheses">[] {
  const comments: Omit<Comment, "isInParentheses">[] = [];
  for (let index = from; index < to;) {
    const isComment = sql.startsWith("--", index) || sql.startsWith("/*", index) || sql[index] === "#";
    const end = isComment ? endOfComment(sql, index, to) : index + 1;
    if (isComment) comments.push({ index, end, beginsLine: beginsLine(sql, index) });
    index = end;
  }
  return comments;
}

function endOfComment(sql: string, start: number, limit: number): number {
  if (!sql.startsWith("/*", start)) {
    const length = sql.slice(start, limit).search(/[\r\n]/);
    return length === -1 ? limit : start + length;
  }
  let depth = 0;
  for (let index = start; index < limit; index++) {
    if (sql.startsWith("/*", index)) depth++;
    else if (sql.startsWith("*/", index)) depth--;
    else continue;
    index++;
    if (depth === 0) return index + 1;
  }
  return limit;
}

function beginsLine(sql: string, index: number): boolean {
  let before = index - 1;
  while (/[ \t\f\v]/.test(sql.charAt(before))) before--;
  return /^[\r\n]?$/.test(sql.charAt(before));
}

/** psql's `:name`, `:'name'` and `:"name"`; not `::type` or the bounds of an array. */
function isVariable(sql: string, index: number): boolean {
  if (sql[index] !== ":" || !/[a-z_'"]/i.test(sql.charAt(index + 1))) return false;
  return !/[\w:\])"']/.test(sql.charAt(index - 1));
}
