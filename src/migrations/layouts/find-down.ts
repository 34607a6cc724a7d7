import { hasStatement, type Text } from "./comments.ts";
import {
  announcesDown,
  beginsWithDown,
  describesDown,
  directionOf,
  isOnlyUp,
  isSetup,
  isUp,
  mayBeTitle,
} from "./direction.ts";
import { namesStatementAfter, namesStatementBefore } from "./naming.ts";
import type { Part } from "./parts.ts";
import type { Remark } from "./remarks.ts";

export interface DownSearch {
  readonly text: Text;
  /** The parts that would be run. */
  readonly parts: readonly Part[];
  readonly remarks: readonly Remark[];
  /** Whether a remark stands in the middle of a statement. */
  readonly isInside: (remark: Remark) => boolean;
}

/** The first remark that begins a down part inside the text to run. */
export function findDown({ text, parts, remarks, isInside }: DownSearch): Remark | undefined {
  const candidates = remarks.filter(({ text }) => mayMatter(text));
  if (candidates.length === 0) return undefined;
  const directed = candidates.filter((remark) => !isInside(remark) && !isCommentedOut(remark, remarks));
  const file = { text, ...upsOf(directed) };
  return directed.find((remark) => {
    const part = parts.find(({ from, to }) => remark.index >= from && remark.index < to);
    return part !== undefined && goesDown(remark, part, file);
  });
}

interface DirectedFile {
  readonly text: Text;
  /** Remarks that begin with `up` or a synonym; remarks that say only this; and remarks that say `setup`. */
  readonly ups: readonly Remark[];
  readonly onlyUps: readonly Remark[];
  readonly setups: readonly Remark[];
}

function upsOf(directed: readonly Remark[]): Omit<DirectedFile, "text"> {
  return {
    ups: directed.filter(({ text }) => isUp(text)),
    onlyUps: directed.filter(({ text }) => isOnlyUp(text)),
    setups: directed.filter(({ text }) => isSetup(text)),
  };
}

/** A quick first test: a file may hold a million comments. */
const mentionsDirection = /up|down|un-?do|roll|rever|drop|destroy|tear|install|forward|back|apply|migrat|deploy/i;

function mayMatter(text: string): boolean {
  if (!mentionsDirection.test(text.slice(0, longestRemark))) return false;
  return (
    directionOf(text) !== undefined || isUp(text) || describesDown(text) || beginsWithDown(text) || announcesDown(text)
  );
}

function goesDown(remark: Remark, part: Part, file: DirectedFile): boolean {
  const { ups, onlyUps } = file;
  const { source } = file.text;
  const { text, index, end } = remark;
  if (namesStatementBefore(source, remark)) return false;
  const hasBefore = hasStatement(file.text, part.from, index);
  const hasAfter = hasStatement(file.text, end, part.to);
  const divides = (others: readonly Remark[]) => others.some((one) => isBetween(file.text, one, remark));
  if (directionOf(text) !== "down") {
    if (!hasAfter) return false;
    if (announcesDown(text)) return hasBefore;
    return (describesDown(text) && divides(ups)) || (beginsWithDown(text) && divides(onlyUps));
  }
  // `DROP TABLE a; -- down`: the last one of several.
  if (!hasAfter) return !remark.beginsLine && divides(onlyUps);
  if (ups.length === 0 && namesStatementAfter(source, remark)) return false;
  return hasBefore || !isHeading(remark, file);
}

/** Whether a comment at the head of a file is its title, or says how to revert it by hand. */
function isHeading({ text, end }: Remark, { text: { source }, ups, setups }: DirectedFile): boolean {
  if (ups.length > 0) return false;
  return (mayBeTitle(text) && setups.length === 0) || isFollowedByWayBack(source.slice(end, end + lookAhead));
}

/** Whether a statement stands between the two. At the head of a file, both only describe the file. */
function isBetween(text: Text, one: Remark, other: Remark): boolean {
  const [first, last] = one.index < other.index ? [one, other] : [other, one];
  return hasStatement(text, first.end, last.index);
}

/** `-- Rollback:` above `--   DROP TABLE a;`: at the head of a file, this says how to revert it by hand. */
function isFollowedByWayBack(text: string): boolean {
  return /^[ \t]*\r?\n(?:[ \t]*--[-= \t]*\r?\n)*[ \t]*--[-*\d.) \t]*(?:drop|alter|delete|update|create|insert|truncate|revoke|grant|comment|set|begin)\b/i.test(
    text,
  );
}

const lookAhead = 400;
const longestRemark = 400;

/** `-- ROLLBACK;` in a file that also comments out `-- BEGIN;` or `-- COMMIT;`. */
function isCommentedOut({ text }: Remark, remarks: readonly Remark[]): boolean {
  if (!/^--[ \t]*rollback(?:[ \t]+(?:work|transaction))?[ \t]*;[ \t]*$/i.test(text)) return false;
  return remarks.some((one) => /^--[ \t]*(?:begin|start|commit|savepoint)\b[^;]*;/i.test(one.text));
}
