import { hasStatement } from "./comments.ts";
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
  readonly source: string;
  /** What is run of it. */
  readonly parts: readonly Part[];
  readonly remarks: readonly Remark[];
  /** Whether a remark stands in the middle of a statement. */
  readonly isInside: (remark: Remark) => boolean;
}

/** The first remark that begins a way down which would be run. */
export function findDown({ source, parts, remarks, isInside }: DownSearch): Remark | undefined {
  const candidates = remarks.filter(({ text }) => mayMatter(text));
  if (candidates.length === 0) return undefined;
  const directed = candidates.filter((remark) => !isInside(remark) && !isCommentedOut(remark, remarks));
  const file = { source, ...upsOf(directed) };
  return directed.find((remark) => {
    const part = parts.find(({ from, to }) => remark.index >= from && remark.index < to);
    return part !== undefined && goesDown(remark, part, file);
  });
}

interface DirectedFile {
  readonly source: string;
  /** Remarks that begin with `up` or its like; those that say nothing else; and those that say `setup`. */
  readonly ups: readonly Remark[];
  readonly onlyUps: readonly Remark[];
  readonly setups: readonly Remark[];
}

function upsOf(directed: readonly Remark[]): Omit<DirectedFile, "source"> {
  return {
    ups: directed.filter(({ text }) => isUp(text)),
    onlyUps: directed.filter(({ text }) => isOnlyUp(text)),
    setups: directed.filter(({ text }) => isSetup(text)),
  };
}

/** A file may hold a million comments. */
const mentionsDirection = /up|down|un-?do|roll|rever|drop|destroy|tear|install|forward|back|apply|migrat|deploy/i;

function mayMatter(text: string): boolean {
  if (!mentionsDirection.test(text.slice(0, longestRemark))) return false;
  return (
    directionOf(text) !== undefined || isUp(text) || describesDown(text) || beginsWithDown(text) || announcesDown(text)
  );
}

function goesDown(remark: Remark, part: Part, file: DirectedFile): boolean {
  const { source, ups, onlyUps } = file;
  const { text, index, end } = remark;
  if (namesStatementBefore(source, remark)) return false;
  const hasBefore = hasStatement(source, part.from, index);
  const hasAfter = hasStatement(source, end, part.to);
  const divides = (others: readonly Remark[]) => others.some((one) => isBetween(source, one, remark));
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

/** Whether a comment at the head of a file tells what the file does, or how to take it back by hand. */
function isHeading({ text, end }: Remark, { source, ups, setups }: DirectedFile): boolean {
  if (ups.length > 0) return false;
  return (mayBeTitle(text) && setups.length === 0) || isFollowedByWayBack(source.slice(end, end + lookAhead));
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
const longestRemark = 400;

/** `-- ROLLBACK;` where `-- BEGIN;` or `-- COMMIT;` is commented out as well. */
function isCommentedOut({ text }: Remark, remarks: readonly Remark[]): boolean {
  if (!/^--[ \t]*rollback(?:[ \t]+(?:work|transaction))?[ \t]*;[ \t]*$/i.test(text)) return false;
  return remarks.some((one) => /^--[ \t]*(?:begin|start|commit|savepoint)\b[^;]*;/i.test(one.text));
}
