import { readStatements } from "../statements.ts";
import { hasStatement, type Anatomy } from "./comments.ts";
import type { Found } from "./signs.ts";

/** A comment that no tool has read. */
export interface Remark {
  readonly index: number;
  readonly end: number;
  readonly text: string;
  /** Whether only white space stands before it in its line. */
  readonly beginsLine: boolean;
}

/** Those outside of parentheses: between two columns nothing can be divided. */
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

/** Whether a remark stands in the middle of a statement, as between the branches of a CASE: there it divides nothing. */
export function createInsideTest(source: string, found: readonly Found[]): (remark: Remark) => boolean {
  const ends = found.filter(({ sign }) => !["nothing", "no-transaction", "loose"].includes(sign.kind));
  let statements: readonly Pick<Remark, "index" | "end">[] | undefined;
  return ({ index }) => {
    statements ??= Array.from(readStatements(source), (one) => ({ index: one.index, end: one.index + one.sql.length }));
    const around = lastBefore(statements, index);
    if (around === undefined || index >= around.end) return false;
    // A tool's line ends a statement, with or without a semicolon.
    const last = ends.findLast((one) => one.index > around.index && one.end <= index);
    return hasStatement(source, last?.end ?? around.index, index);
  };
}

/** By halves: a file may hold a million of both. */
function lastBefore<T extends { readonly index: number }>(sorted: readonly T[], index: number): T | undefined {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle]?.index ?? index) < index) from = middle + 1;
    else to = middle;
  }
  return sorted[from - 1];
}

/** `# DOWN`, a comment to MySQL. `#>> '{down}'` is an operator. */
function hashLine(source: string, index: number): readonly Omit<Remark, "text">[] {
  const [line = ""] = /^#+[ \t=!*-].*/.exec(source.slice(index, index + lineLimit)) ?? [];
  const before = source.slice(source.lastIndexOf("\n", index) + 1, index);
  return line === "" || before.trim() !== "" ? [] : [{ index, end: index + line.length, beginsLine: true }];
}

const lineLimit = 200;
