import { checkAlterTable } from "./check-mysql-alter.ts";
import { howOf, reportCopy } from "./mysql-copies.ts";
import { showName, type PlainContext } from "./objects.ts";
import { checkWrite } from "./check-write.ts";
import { createCursor, splitAtCommas, type Cursor, type Word } from "./words.ts";

/** Reports what one statement of MySQL or MariaDB does to what is in use. */
export function checkMysqlStatement(words: readonly Word[], context: PlainContext): void {
  const cursor = createCursor(words);
  switch (cursor.takeAny(["ALTER", "CREATE", "DROP", "RENAME", "TRUNCATE", "UPDATE", "DELETE", "LOCK", "REVOKE"])) {
    case "ALTER":
      return checkAlterTable(cursor, context);
    case "CREATE":
      return checkCreate(cursor, context);
    case "DROP":
      return checkDrop(cursor, context);
    case "RENAME":
      return checkRename(cursor, context);
    case "TRUNCATE":
      return checkTruncate(cursor, context);
    case "UPDATE":
    case "DELETE":
      return checkWrite(words, context);
    case "LOCK":
      return checkLock(cursor, context);
    case "REVOKE":
      return context.report({
        rule: "revoke",
        at: context.at,
        message: "REVOKE takes a right or a role away that the previous version may use.",
      });
    case undefined:
    default:
      return undefined;
  }
}

function checkCreate(cursor: Cursor, context: PlainContext): void {
  const { objects, report, at } = context;
  const replaces = cursor.take("OR", "REPLACE");
  const isTemporary = cursor.take("TEMPORARY");
  if (cursor.take("TABLE")) {
    const isConditional = cursor.take("IF", "NOT", "EXISTS");
    const name = cursor.takeName();
    if (replaces && !isTemporary && objects.isInUse(name))
      report({ rule: "drop-table", at, message: `CREATE OR REPLACE TABLE drops table ${showName(name)}.` });
    if (isConditional) objects.makeIfMissing(name);
    else objects.make(name);
    return;
  }
  if (cursor.peek()?.word === "VIEW") {
    cursor.take("VIEW");
    if (!replaces && !cursor.take("IF", "NOT", "EXISTS")) objects.make(cursor.takeName());
    return;
  }
  checkCreateIndex(cursor, context);
}

function checkCreateIndex(cursor: Cursor, { objects, report, at }: PlainContext): void {
  const kind = cursor.takeAny(["UNIQUE", "FULLTEXT", "SPATIAL"]);
  if (!cursor.take("INDEX")) return;
  const words = cursor.rest();
  const on = words.findIndex(({ word, depth }) => word === "ON" && depth === 0);
  const target = createCursor(words.slice(on + 1));
  const table = target.takeName();
  if (on === -1 || !objects.isInUse(table)) return;
  const how = howOf(target.rest());
  if (kind === "FULLTEXT" || kind === "SPATIAL")
    reportCopy(`CREATE ${kind} INDEX`, { table, how, at, effect: "locks" }, report);
  else if (how.algorithm === "COPY")
    reportCopy("ALGORITHM=COPY", { table, how: {}, at, effect: "copies", isAsked: true }, report);
}

const otherKinds = "DATABASE SCHEMA PROCEDURE FUNCTION TRIGGER EVENT SEQUENCE USER ROLE PACKAGE SERVER".split(" ");

function checkDrop(cursor: Cursor, { objects, report, at }: PlainContext): void {
  const isTemporary = cursor.take("TEMPORARY");
  const kind = cursor.takeAny(["TABLE", "TABLES", "VIEW"]);
  if (kind !== undefined) {
    cursor.take("IF", "EXISTS");
    for (const part of splitAtCommas(cursor.rest())) {
      const name = createCursor(part).takeName();
      const isView = kind === "VIEW";
      if (!isTemporary && objects.isInUse(name))
        report({
          rule: isView ? "drop-view" : "drop-table",
          at,
          message: `DROP ${isView ? "VIEW" : "TABLE"} removes ${showName(name)}.`,
        });
      objects.drop(name);
    }
    return;
  }
  const other = cursor.takeAny(otherKinds);
  if (other === undefined) return;
  if (other === "PACKAGE") cursor.take("BODY");
  cursor.take("IF", "EXISTS");
  const [first] = splitAtCommas(cursor.rest());
  const name = showName(createCursor(first ?? []).takeName());
  report({ rule: "drop-object", at, message: `DROP ${other} removes ${other.toLowerCase()} ${name}.` });
}

function checkRename(cursor: Cursor, { objects, report, at }: PlainContext): void {
  if (cursor.take("USER"))
    return report({ rule: "rename-object", at, message: "RENAME USER: the previous version may log in as this user." });
  if (!cursor.take("TABLE") && !cursor.take("TABLES")) return;
  cursor.take("IF", "EXISTS");
  const pairs = splitAtCommas(cursor.rest()).map((part) => {
    const pair = createCursor(part);
    const from = pair.takeName();
    while (pair.peek() !== undefined && !pair.take("TO")) pair.takeName();
    return { from, to: pair.takeName() };
  });
  for (const { from, to } of pairs) {
    // `RENAME TABLE a TO a_old, a_new TO a` swaps two tables at one instant.
    const isReplaced = pairs.some((other) => showName(other.to) === showName(from));
    if (objects.isInUse(from) && !isReplaced)
      report({ rule: "rename-table", at, message: `RENAME TABLE takes the name ${showName(from)} away.` });
    const replaces = pairs.some((other) => showName(other.from) === showName(to)) && objects.isInUse(to);
    if (isReplaced) objects.make(to);
    else objects.rename(from, to, replaces);
  }
}

function checkTruncate(cursor: Cursor, { objects, report, at }: PlainContext): void {
  cursor.take("TABLE");
  const name = cursor.takeName();
  if (!objects.isInUse(name)) return;
  report({ rule: "truncate", at, message: `TRUNCATE removes all rows of ${showName(name)}.` });
}

function checkLock(cursor: Cursor, { objects, report, at }: PlainContext): void {
  if (!cursor.take("TABLES") && !cursor.take("TABLE")) return;
  const names = splitAtCommas(cursor.rest()).map((part) => createCursor(part).takeName());
  const used = names.filter((name) => objects.isInUse(name)).map(showName);
  if (used.length > 0)
    report({ rule: "lock-table", at, message: `LOCK TABLES makes queries on ${used.join(", ")} wait.` });
}
