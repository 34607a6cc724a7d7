import { readStatements } from "../sql/statements.ts";
import { hasStatement, type Anatomy, type Text } from "./comments.ts";
import type { Found } from "./signs.ts";

/** A comment that is not a line of a known tool. */
export interface Remark {
  readonly index: number;
  readonly end: number;
  readonly text: string;
  /** Whether only white space comes before it on its line. */
  readonly beginsLine: boolean;
}

/** The remarks outside of parentheses: between two columns, no comment divides a file. */
export function remarksOf(source: string, { comments, hashes }: Anatomy, found: readonly Found[]): readonly Remark[] {
  const read = new Set(found.filter(({ sign }) => sign.kind !== "loose").map(({ index }) => index));
  const own = comments.filter(({ index, isInParentheses }) => !isInParentheses && !read.has(index));
  const lines = [...hashes].filter((index) => !read.has(index)).flatMap((index) => hashLine(source, index));
  return [...own, ...lines].map(({ index, end, beginsLine }) => ({
    index,
    end,
    beginsLine,
    text: source.slice(index, end),
  }));
}

/**
 * Tests whether a remark is inside a statement, for example between the branches of a CASE: it divides nothing there.
 */
export function createInsideTest(text: Text, found: readonly Found[]): (remark: Remark) => boolean {
  const ends = found.filter(({ sign }) => !["nothing", "no-transaction", "loose"].includes(sign.kind));
  let statements: readonly Pick<Remark, "index" | "end">[] | undefined;
  return ({ index }) => {
    statements ??= Array.from(readStatements(text.source, text.dialect), (one) => ({
      index: one.index,
      end: one.index + one.sql.length,
    }));
    const around = lastBefore(statements, index);
    if (around === undefined || index >= around.end) return false;
    // A tool's line ends a statement, with or without a semicolon.
    const last = ends.findLast((one) => one.index > around.index && one.end <= index);
    return hasStatement(text, last?.end ?? around.index, index);
  };
}

/** A binary search: a file may hold a million statements and remarks. */
function lastBefore<T extends { readonly index: number }>(sorted: readonly T[], index: number): T | undefined {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle]?.index ?? index) < index) from = middle + 1;
    else to = middle;
  }
  return sorted[from - 1];
}

/** `# DOWN` is a comment in MySQL. `#>> '{down}'` is an operator. */
function hashLine(source: string, index: number): readonly Omit<Remark, "text">[] {
  const [line = ""] = /^#+[ \t=!*-].*/.exec(source.slice(index, index + lineLimit)) ?? [];
  const before = source.slice(source.lastIndexOf("\n", index) + 1, index);
  return line === "" || before.trim() !== "" ? [] : [{ index, end: index + line.length, beginsLine: true }];
}

const lineLimit = 200;
