export type Direction = "up" | "down";

const downWords = new Set(
  "down downs undo rollback rollbacks revert reverts reverse downgrade downgrades backward backwards unmigrate".split(
    " ",
  ),
);
const upWords = new Set("up ups upgrade upgrades forward forwards apply deploy".split(" "));
/** What may stand beside them in a line that only divides a file. */
const otherWords = new Set(
  [
    "migration migrations migrate migrating script scripts sql section part block step steps stage phase statement",
    "statements query queries command commands code operation operations direction change changes schema db database",
    "name region tag label type file begin begins beginning start starts end ends here below the this of for to",
    "goose dbmate rambler shmig tern micrate sqlx flyway liquibase atlas knex umzug prisma drizzle sequelize",
    "postgrator evolutions play mig migra diesel yoyo",
  ].flatMap((line) => line.split(" ")),
);

/** A comment that is longer says something. */
const longestMarker = 120;

/**
 * Whether a comment consists of nothing but a word for a direction, what may stand beside it, and decoration:
 * `-- DOWN`, `-- === Rollback script ===`, `-- @down`, `-- +tool Down`. "tear down the index first" does not.
 */
export function directionOf(comment: string): Direction | undefined {
  if (comment.length > longestMarker) return undefined;
  const words = wordsOf(withoutName(comment));
  const known = words.filter((word) => !otherWords.has(word) && !/^\d+$/.test(word));
  if (known.length === 0 || !known.every((word) => downWords.has(word) || upWords.has(word))) return undefined;
  return downWords.has(known[0] ?? "") ? "down" : "up";
}

/**
 * Whether a comment begins with a word for the way down and goes on: `-- Down: drops the table`. On its own it is prose,
 * as in `-- Rollback: DROP TABLE a`. Below what goes up, and is called so, it begins what goes down.
 */
export function describesDown(comment: string): boolean {
  return headingOf(comment) === "down" || /^downs?\b/i.test(undecorated(comment.slice(0, longestHeading)));
}

/** Whether a comment is, or begins with, `up` or its like: `-- Up: creates the table`. */
export function isUp(comment: string): boolean {
  return headingOf(comment) === "up" && /\b(?:ups?|upgrades?|forwards?)\b/i.test(comment);
}

function headingOf(comment: string): Direction | undefined {
  if (comment.length > longestHeading) return undefined;
  const [, head = ""] = /^([^:(\u2014\u2013,.|/]*?)(?:[:(\u2014\u2013,.|/]|\s-+\s|$)/.exec(undecorated(comment)) ?? [];
  return directionOf(comment) ?? directionOf(head);
}

const longestHeading = 400;
const decoration = /^[\s\-=*#/+@!<>[\](){}:;.~_|%$&"'`\\]+/;

function undecorated(comment: string): string {
  return comment.replace(decoration, "");
}

/** `+tool down`, `@tool down` and `tool:down`: the tool's name, which may be any. */
function withoutName(comment: string): string {
  const [start = ""] = /^[\s\-=*#/]*(?:[+@!%&][\w-]+[\s:.]+|[\w-]+:(?=\w))/.exec(comment) ?? [];
  return wordsOf(start).some((word) => downWords.has(word) || upWords.has(word))
    ? comment
    : comment.slice(start.length);
}

function wordsOf(text: string): readonly string[] {
  const joined = text.toLowerCase().replaceAll(/\broll(?:ing)?[\s_-]*back\b/g, "rollback");
  return joined.match(/[\p{L}\p{N}]+/gu) ?? [];
}
