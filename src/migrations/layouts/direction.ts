import { downLabels, downVerbs, loneDownWords, otherWords, partWords, upWords, wordsOf } from "./vocabulary.ts";

export type Direction = "up" | "down";

/** A longer comment is prose. */
const longestMarker = 120;

/**
 * The direction that a comment marks, if it consists only of a direction word, words that may accompany it, and
 * decoration: `-- DOWN`, `-- === Rollback script ===`, `-- @down`, `-- +tool Down`. "tear down the index first" is
 * prose.
 */
export function directionOf(comment: string): Direction | undefined {
  if (comment.length > longestMarker) return undefined;
  const words = wordsOf(withoutName(comment));
  const others = words.filter((word) => !isDown(word) && !upWords.has(word));
  const down = words.find(isDown);
  const isLone = words.some((word) => loneDownWords.has(word)) && !words.some(isFirmlyDown);
  const mayStandBeside = (word: string) => partWords.has(word) || (!isLone && (otherWords.has(word) || isNumber(word)));
  if (!others.every(mayStandBeside)) return undefined;
  if (namesBoth(comment)) return words.includes("below") || beginsDown.test(comment) ? "down" : undefined;
  if (down !== undefined) return "down";
  return words.some((word) => upWords.has(word)) ? "up" : undefined;
}

/**
 * Whether a comment with a down word could be the title of a file: `-- Rollback migration 12`, `-- Revert the change`,
 * `-- Uninstall`. `-- Down` and `-- Rollback` alone are not titles.
 */
export function mayBeTitle(comment: string): boolean {
  const words = wordsOf(withoutName(comment));
  if (words.some((word) => downLabels.has(word))) return false;
  return words.every((word) => !downVerbs.has(word)) || words.some((word) => otherWords.has(word) || isNumber(word));
}

/**
 * Whether a comment begins with a down word and continues: `-- Down: drops the table`. It begins a down part if a
 * marked up part comes before it. Otherwise it is prose, for example `-- Rollback: DROP TABLE a`.
 */
export function describesDown(comment: string): boolean {
  return headingOf(comment) === "down" && !/^(?:drop|destroy|reverse)\b/i.test(undecorated(comment));
}

/** `-- Down drop the table`. It counts only after a line that only says `up`: it might be `-- Down votes`. */
export function beginsWithDown(comment: string): boolean {
  const text = undecorated(comment.slice(0, longestHeading));
  return /^downs?\b/i.test(text) && !bothAtHead.test(text);
}

/** A tool's template without its marker: "SQL in this section is executed when the migration is rolled back." */
export function announcesDown(comment: string): boolean {
  return /\b(?:executed|run|applied)\s+(?:when|if|on)\b[^.]*\bmigration\b[^.]*\b(?:rolled\s+back|reverted|undone)\b/i.test(
    comment.slice(0, longestHeading),
  );
}

/** Whether a comment is or begins with `up` or a synonym: `-- Up: creates the table`. */
export function isUp(comment: string): boolean {
  return headingOf(comment) === "up" && hasFirmUp(comment);
}

/** Whether a comment only says `up` or a synonym. */
export function isOnlyUp(comment: string): boolean {
  return directionOf(comment) === "up" && hasFirmUp(comment);
}

/** Whether a comment only says `setup` or `install`, the counterparts of `teardown` and `uninstall`. */
export function isSetup(comment: string): boolean {
  return directionOf(comment) === "up" && wordsOf(comment).some((word) => word === "setup" || word === "install");
}

function isFirmlyDown(word: string): boolean {
  return downLabels.has(word) || downVerbs.has(word);
}

function isDown(word: string): boolean {
  return isFirmlyDown(word) || loneDownWords.has(word);
}

function hasFirmUp(comment: string): boolean {
  return /\b(?:ups?|upgrades?|forwards?)\b/i.test(wordsOf(comment).join(" "));
}

/** `2`, `b)`, `II.` */
function isNumber(word: string): boolean {
  return /^(?:\d+|[a-z]|[ivx]+)$/.test(word);
}

/** `-- end up / begin down` */
const beginsDown = /\b(?:begins?|starts?)\W+(?:of\W+)?(?:the\W+)?downs?\b|\bdowns?\W+(?:begins?|starts?|follows)\b/i;

/** `-- up/down`, `-- Up and down`: both directions. It divides a file only with `below`, or a word like `begin`. */
function namesBoth(comment: string): boolean {
  const words = wordsOf(comment);
  return (
    words.some((word) => /^(?:ups?|forwards?)$/.test(word)) &&
    words.some((word) => /^(?:downs?|backwards?)$/.test(word))
  );
}

function headingOf(comment: string): Direction | undefined {
  if (comment.length > longestHeading) return undefined;
  const text = undecorated(comment);
  if (bothAtHead.test(text)) return undefined;
  const [, head = ""] = /^([^:(\u2014\u2013,.|]*?)(?:[:(\u2014\u2013,.|]|\s-+\s|$)/.exec(text) ?? [];
  return directionOf(comment) ?? directionOf(head);
}

const longestHeading = 400;
const bothAtHead = /^\w+\s*(?:[/|,&+\-\u2013]|and\b|or\b)\s*(?:up|down|forward|backward)s?\b/i;
const decoration = /^[\s\-=*#/+@!<>[\](){}:;.~_|%$&"'`\\]+/;

function undecorated(comment: string): string {
  return comment.replace(decoration, "");
}

/** Removes the name of any tool: `+tool down`, `@tool down`, `tool:down`. */
function withoutName(comment: string): string {
  const [start = ""] = /^[\s\-=*#/]*(?:[+@!%&][\w-]+[\s:.]+|[\w-]+:(?=\w))/.exec(comment) ?? [];
  return wordsOf(start).some((word) => isDown(word) || upWords.has(word)) ? comment : comment.slice(start.length);
}
