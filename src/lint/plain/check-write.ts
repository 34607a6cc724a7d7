import { showName, type PlainContext } from "./objects.ts";
import { contains, createCursor, type Word } from "./words.ts";

const modifiers = ["LOW_PRIORITY", "IGNORE", "QUICK", "FROM"];
const conflicts = ["ROLLBACK", "ABORT", "REPLACE", "FAIL", "IGNORE"];

/** Reports an UPDATE or DELETE of all rows. */
export function checkWrite(words: readonly Word[], { objects, report, at }: PlainContext): void {
  if (contains(words, "WHERE") || contains(words, "LIMIT")) return;
  const cursor = createCursor(words);
  const what = cursor.takeAny(["UPDATE", "DELETE"]);
  while (cursor.takeAny(modifiers) !== undefined);
  // UPDATE OR IGNORE, of SQLite.
  if (cursor.take("OR")) cursor.takeAny(conflicts);
  const table = cursor.takeName();
  // With a join, the condition is in its ON.
  if (what === undefined || contains(words, "JOIN") || !objects.isInUse(table)) return;
  report({ rule: "whole-table-write", at, message: `${what} without WHERE changes all rows of ${showName(table)}.` });
}
