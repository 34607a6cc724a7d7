import { checkWrite } from "./check-write.ts";
import { showName, type PlainContext } from "./objects.ts";
import { contains, createCursor, type Cursor, type Word } from "./words.ts";

/** The names that a migration took away so far, and that it may bring back: a rebuild of the table. */
export interface Rebuilds {
  readonly remove: (name: readonly string[], problem: Parameters<PlainContext["report"]>[0]) => void;
  /** Returns whether the name had been taken away. */
  readonly bringBack: (name: readonly string[]) => boolean;
}

/** Reports what one statement of SQLite does to what is in use. */
export function checkSqliteStatement(words: readonly Word[], context: PlainContext, rebuilds: Rebuilds): void {
  const cursor = createCursor(words);
  switch (cursor.takeAny(["ALTER", "CREATE", "DROP", "UPDATE", "DELETE", "VACUUM"])) {
    case "ALTER":
      return checkAlter(cursor, context, rebuilds);
    case "CREATE":
      return checkCreate(cursor, context, rebuilds);
    case "DROP":
      return checkDrop(cursor, context, rebuilds);
    case "UPDATE":
    case "DELETE":
      return checkWrite(words, context);
    case "VACUUM":
      // VACUUM INTO only reads.
      return contains(words, "INTO")
        ? undefined
        : context.report({ rule: "rewrite-table", at: context.at, message: "VACUUM rewrites the whole file." });
    case undefined:
    default:
      return undefined;
  }
}

function checkCreate(cursor: Cursor, { objects }: PlainContext, rebuilds: Rebuilds): void {
  cursor.takeAny(["TEMP", "TEMPORARY"]);
  if (cursor.takeAny(["TABLE", "VIEW", "TRIGGER"]) === undefined) return;
  const isConditional = cursor.take("IF", "NOT", "EXISTS");
  const name = cursor.takeName();
  if (rebuilds.bringBack(name)) objects.bringBack(name);
  else if (isConditional) objects.makeIfMissing(name);
  else objects.make(name);
}

const dropRules = { TABLE: "drop-table", VIEW: "drop-view", TRIGGER: "drop-object" } as const;

function checkDrop(cursor: Cursor, { objects, at }: PlainContext, rebuilds: Rebuilds): void {
  const kind = cursor.takeAny(["TABLE", "VIEW", "TRIGGER"]) as keyof typeof dropRules | undefined;
  if (kind === undefined) return;
  cursor.take("IF", "EXISTS");
  const name = cursor.takeName();
  if (objects.isInUse(name))
    rebuilds.remove(name, { rule: dropRules[kind], at, message: `DROP ${kind} removes ${showName(name)}.` });
  objects.drop(name);
}

function checkAlter(cursor: Cursor, context: PlainContext, rebuilds: Rebuilds): void {
  const { objects, at } = context;
  if (!cursor.take("TABLE")) return;
  const table = cursor.takeName();
  if (cursor.take("RENAME", "TO")) {
    const to = cursor.takeName();
    const message = `RENAME takes the name ${showName(table)} away.`;
    if (objects.isInUse(table)) rebuilds.remove(table, { rule: "rename-table", at, message });
    objects.rename(table, to);
    if (rebuilds.bringBack(to)) objects.bringBack(to);
    return;
  }
  if (objects.isInUse(table)) checkColumn(cursor, table, context);
}

function checkColumn(cursor: Cursor, table: readonly string[], { report, at }: PlainContext): void {
  const action = cursor.takeAny(["ADD", "DROP", "RENAME", "ALTER"]);
  if (action === undefined) return;
  if (action === "DROP" && cursor.take("CONSTRAINT"))
    return report({
      rule: "drop-constraint",
      at,
      message: `DROP CONSTRAINT takes a rule of ${showName(table)} away.`,
    });
  if (action === "ADD" && ["CONSTRAINT", "CHECK"].includes(cursor.peek()?.word ?? "")) return;
  cursor.take("COLUMN");
  const column = showName([...table, ...cursor.takeName()]);
  const rest = cursor.rest();
  if (action === "DROP") report({ rule: "drop-column", at, message: `DROP COLUMN removes ${column}.` });
  else if (action === "RENAME")
    report({ rule: "rename-column", at, message: `RENAME COLUMN takes the name ${column} away.` });
  else if (action === "ADD" && isRequired(rest))
    report({
      rule: "add-required-column",
      at,
      message: `ADD COLUMN ${column} is NOT NULL without a default: SQLite refuses it if the table has rows.`,
    });
  else if (action === "ALTER" && contains(rest, "DROP", "NOT", "NULL"))
    report({
      rule: "drop-not-null",
      at,
      message: `DROP NOT NULL: the previous version may not expect NULL in ${column}.`,
    });
  else if (action === "ALTER" && contains(rest, "SET", "NOT", "NULL"))
    report({ rule: "set-not-null", at, message: `SET NOT NULL reads all rows, and writes of NULL to ${column} fail.` });
}

function isRequired(definition: readonly Word[]): boolean {
  if (definition.length === 0 || !contains(definition, "NOT", "NULL") || contains(definition, "AS")) return false;
  return !contains(definition, "DEFAULT") || contains(definition, "DEFAULT", "NULL");
}
