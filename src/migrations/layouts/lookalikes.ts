import { hasStatement, type Anatomy } from "./comments.ts";
import { describesDown, directionOf, isUp } from "./direction.ts";
import { saysNoTransaction } from "./no-transaction.ts";
import type { Part } from "./parts.ts";
import { refuse, type File, type Found } from "./signs.ts";

/** A comment on a line of its own that no tool has read. */
interface Remark {
  readonly index: number;
  readonly end: number;
  readonly text: string;
}

/** Throws a Failure (78) for a comment that looks like a marker of a tool that is not known. */
export function refuseLookalikes(
  file: File,
  anatomy: Anatomy,
  found: readonly Found[],
  parts: readonly Part[],
  inTransaction: boolean,
): void {
  const remarks = remarksOf(file.source, anatomy, found);
  const inParts = remarks.filter(({ index }) => parts.some(({ from, to }) => index >= from && index < to));
  const down = findDown(file.source, remarks, inParts, parts);
  if (down !== undefined) {
    const cause =
      "looks like a marker of a down part that seaworthy does not know: the statements after it would be run";
    refuse(file, down.index, `"${firstLine(down.text)}" ${cause}`, ownFiles);
  }
  const setting = inTransaction ? inParts.find(({ text }) => saysNoTransaction(text)) : undefined;
  if (setting !== undefined) {
    const cause = "looks like a request to run without a transaction, in a form that seaworthy does not know";
    refuse(file, setting.index, `"${firstLine(setting.text)}" ${cause}`, ownDirective);
  }
}

const ownFiles = "Write NAME.up.sql and NAME.down.sql instead, or reword the comment";
const ownDirective = "Write `-- seaworthy: no-transaction` at the head of the file, or reword the comment";

function findDown(
  source: string,
  remarks: readonly Remark[],
  inParts: readonly Remark[],
  parts: readonly Part[],
): Remark | undefined {
  const ups = remarks.filter(({ text }) => isUp(text));
  const divides = (remark: Remark) => ups.some((one) => isBetween(source, one, remark));
  return inParts.find((remark) => {
    const { text, index, end } = remark;
    const part = parts.find(({ to }) => index < to) ?? { from: 0, to: source.length };
    if (!hasStatement(source, end, part.to)) return false;
    if (directionOf(text) !== "down") return describesDown(text) && divides(remark);
    const isHead = ups.length === 0 && !hasStatement(source, part.from, index);
    return !(isHead && isFollowedByWayBack(source.slice(end, end + lookAhead)));
  });
}

/** Whether a statement stands between the two: in the head of a file they only describe it. */
function isBetween(source: string, one: Remark, other: Remark): boolean {
  const [first, last] = one.index < other.index ? [one, other] : [other, one];
  return hasStatement(source, first.end, last.index);
}

/** `-- Rollback:` above `--   DROP TABLE a;`: at the head of a file it says how to take it back by hand. */
function isFollowedByWayBack(text: string): boolean {
  return /^[ \t]*\r?\n(?:[ \t]*--[-= \t]*\r?\n)*[ \t]*--[-*\d.) \t]*(?:drop|alter|delete|update|create|insert|truncate|revoke|grant|comment|set|begin)\b/i.test(
    text,
  );
}

const lookAhead = 400;

function remarksOf(source: string, { comments, hashes }: Anatomy, found: readonly Found[]): readonly Remark[] {
  const read = new Set(found.filter(({ sign }) => sign.kind !== "loose").map(({ index }) => index));
  const own = comments.filter(
    ({ index, standsAlone, isInParentheses }) => standsAlone && !isInParentheses && !read.has(index),
  );
  const lines = [...hashes].filter((index) => !read.has(index)).flatMap((index) => hashLine(source, index));
  return [...own, ...lines].map(({ index, end }) => ({ index, end, text: source.slice(index, end) }));
}

/** `# DOWN`, a comment to MySQL. `#>> '{down}'` is an operator. */
function hashLine(source: string, index: number): readonly { readonly index: number; readonly end: number }[] {
  const [line = ""] = /^#+[ \t=!*-].*/.exec(source.slice(index, index + lineLimit)) ?? [];
  const before = source.slice(source.lastIndexOf("\n", index) + 1, index);
  return line === "" || before.trim() !== "" ? [] : [{ index, end: index + line.length }];
}

const lineLimit = 200;

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}
