import { howOf, isRefusedInstead, reportCopy, type How } from "./mysql-copies.ts";
import { showName, type PlainContext } from "./objects.ts";
import { contains, createCursor, splitAtCommas, type Cursor, type Word } from "./words.ts";

interface Alter extends PlainContext {
  readonly table: readonly string[];
  readonly how: How;
  /** Reports that the server copies, or locks against writes. */
  readonly reportCopy: (what: string, effect?: "copies" | "locks") => void;
  readonly all: readonly Word[];
}

/** @param cursor after ALTER */
export function checkAlterTable(cursor: Cursor, context: PlainContext): void {
  while (cursor.takeAny(["ONLINE", "OFFLINE", "IGNORE"]) !== undefined);
  if (!cursor.take("TABLE")) return;
  cursor.take("IF", "EXISTS");
  const table = cursor.takeName();
  if (cursor.take("WAIT")) cursor.takeName();
  else cursor.take("NOWAIT");
  const all = cursor.rest();
  const specs = splitAtCommas(all);
  const isInUse = context.objects.isInUse(table);
  if (isInUse) checkSpecs(specs, { ...context, table, all });
  for (const spec of specs) {
    const to = newNameIn(spec);
    if (to !== undefined) context.objects.rename(table, to);
  }
}

function checkSpecs(specs: readonly (readonly Word[])[], context: PlainContext & Pick<Alter, "table" | "all">): void {
  const { table, all, report } = context;
  const how = howOf(all);
  let isCopied = false;
  for (const spec of specs) {
    const at = spec[0]?.at ?? context.at;
    const copy: Alter["reportCopy"] = (what, effect = "copies") => {
      isCopied = reportCopy(what, { table, how, at, effect }, report) || isCopied;
    };
    checkSpec(spec, { ...context, at, how, reportCopy: copy });
  }
  if (isCopied) return;
  const at = all.find(({ word, depth }) => word === "ALGORITHM" && depth === 0)?.at ?? context.at;
  if (how.algorithm === "COPY" && how.lock !== "NONE")
    reportCopy("ALGORITHM=COPY", { table, how, at, effect: "copies", isAsked: true }, report);
  if (how.lock === "SHARED" || how.lock === "EXCLUSIVE")
    report({
      rule: "lock-table",
      at: context.at,
      message: `LOCK=${how.lock} makes ${how.lock === "SHARED" ? "writes to" : "queries on"} ${showName(table)} wait.`,
      safeWay: "Write LOCK=NONE: the server then refuses what it cannot do without a lock.",
    });
}

function checkSpec(spec: readonly Word[], alter: Alter): void {
  const cursor = createCursor(spec);
  switch (cursor.takeAny(["ADD", "DROP", "CHANGE", "MODIFY", "RENAME", "ALTER", "CONVERT", "TRUNCATE", "EXCHANGE"])) {
    case "ADD":
      checkAdd(cursor, alter);
      break;
    case "DROP":
      checkDrop(cursor, alter);
      break;
    case "CHANGE":
    case "MODIFY":
      checkDefinition(spec, alter);
      break;
    case "RENAME":
      checkRename(spec, alter);
      break;
    case "ALTER":
      checkDefault(cursor, alter);
      break;
    case "CONVERT":
      alter.reportCopy("CONVERT TO CHARACTER SET to another character set");
      break;
    case "TRUNCATE":
    case "EXCHANGE":
      if (cursor.take("PARTITION")) reportRows(`${spec[0]?.word} PARTITION`, alter);
      break;
    case undefined:
    default:
      if (cursor.take("ORDER", "BY")) alter.reportCopy("ORDER BY");
  }
  if (contains(spec, "PARTITION", "BY")) alter.reportCopy("PARTITION BY");
  if (contains(spec, "REMOVE", "PARTITIONING")) alter.reportCopy("REMOVE PARTITIONING");
}

function checkAdd(cursor: Cursor, alter: Alter): void {
  if (cursor.take("PARTITION")) return;
  if (cursor.take("SYSTEM", "VERSIONING")) return alter.reportCopy("ADD SYSTEM VERSIONING");
  const isColumn = cursor.take("COLUMN");
  cursor.take("IF", "NOT", "EXISTS");
  if (cursor.peek()?.word !== "(") return checkAdded(cursor.rest(), alter, isColumn);
  const level = cursor.peek()?.depth ?? 0;
  const inside = cursor.rest().filter(({ depth }) => depth > level);
  for (const part of inside.length === 0 ? [] : splitAtCommas(inside)) checkAdded(part, alter, isColumn);
}

const constraintStarts = "CONSTRAINT PRIMARY UNIQUE FOREIGN CHECK INDEX KEY FULLTEXT SPATIAL PERIOD".split(" ");

function checkAdded(part: readonly Word[], alter: Alter, isColumn: boolean): void {
  const first = part[0]?.word ?? "";
  if (isColumn || !constraintStarts.includes(first)) return checkNewColumn(part, alter);
  if (first === "FULLTEXT" || first === "SPATIAL") return alter.reportCopy(`ADD ${first} INDEX`, "locks");
  if (contains(part, "FOREIGN", "KEY")) return alter.reportCopy("ADD FOREIGN KEY");
  const isConstraint = first === "CONSTRAINT" && (part[1]?.word === "CHECK" || part[2]?.word === "CHECK");
  if ((first === "CHECK" || isConstraint) && !contains(part, "NOT", "ENFORCED")) alter.reportCopy("ADD CHECK");
}

function checkNewColumn(part: readonly Word[], { table, report, at, reportCopy: copy }: Alter): void {
  const name = showName([...table, part[0]?.name ?? ""]);
  const isCounter = contains(part, "AUTO_INCREMENT") || contains(part, "SERIAL");
  const isComputed = contains(part, "AS");
  if (contains(part, "NOT", "NULL") && !contains(part, "DEFAULT") && !isCounter && !isComputed)
    report({
      rule: "add-required-column",
      at,
      message: `ADD COLUMN ${name} is NOT NULL without a default: in strict mode, an INSERT that leaves it out fails.`,
    });
  if (isCounter) copy("ADD COLUMN … AUTO_INCREMENT", "locks");
  if (isComputed && (contains(part, "STORED") || contains(part, "PERSISTENT"))) copy("ADD COLUMN … STORED");
}

function checkDrop(cursor: Cursor, alter: Alter): void {
  const { table, report, at, all } = alter;
  if (cursor.take("PARTITION")) return reportRows("DROP PARTITION", alter);
  if (cursor.take("INDEX") || cursor.take("KEY") || cursor.take("SYSTEM") || cursor.take("PERIOD")) return;
  if (cursor.take("PRIMARY", "KEY")) {
    if (!contains(all, "ADD", "PRIMARY", "KEY")) alter.reportCopy("DROP PRIMARY KEY");
    return reportConstraint("PRIMARY KEY");
  }
  if (cursor.take("FOREIGN", "KEY")) return reportConstraint("FOREIGN KEY");
  const constraint = cursor.takeAny(["CONSTRAINT", "CHECK"]);
  if (constraint !== undefined) return reportConstraint(constraint);
  cursor.take("COLUMN");
  cursor.take("IF", "EXISTS");
  const name = showName([...table, ...cursor.takeName()]);
  report({ rule: "drop-column", at, message: `DROP COLUMN removes ${name}.` });

  function reportConstraint(what: string): void {
    report({ rule: "drop-constraint", at, message: `DROP ${what} takes a rule of ${showName(table)} away.` });
  }
}

function checkDefinition(spec: readonly Word[], { table, how, report, at }: Alter): void {
  const cursor = createCursor(spec);
  const what = cursor.takeAny(["CHANGE", "MODIFY"]) ?? "";
  cursor.take("COLUMN");
  cursor.take("IF", "EXISTS");
  const [from = ""] = cursor.takeName();
  const [to = ""] = what === "CHANGE" ? cursor.takeName() : [from];
  const column = showName([...table, from]);
  if (to.toLowerCase() !== from.toLowerCase())
    report({ rule: "rename-column", at, message: `CHANGE takes the name ${column} away.` });
  if (isRefusedInstead(how, "copies")) return;
  report({
    rule: "change-column-type",
    at,
    message: `${what} ${column}: if the type is another one, the server copies all rows of ${showName(table)}, and writes wait.`,
  });
}

function checkRename(spec: readonly Word[], { table, report, at }: Alter): void {
  const cursor = createCursor(spec);
  if (cursor.take("RENAME", "COLUMN")) {
    cursor.take("IF", "EXISTS");
    const name = showName([...table, ...cursor.takeName()]);
    report({ rule: "rename-column", at, message: `RENAME COLUMN takes the name ${name} away.` });
  } else if (newNameIn(spec) !== undefined)
    report({ rule: "rename-table", at, message: `RENAME takes the name ${showName(table)} away.` });
}

/** The name in RENAME [TO] of a table. */
function newNameIn(spec: readonly Word[]): readonly string[] | undefined {
  const cursor = createCursor(spec);
  if (!cursor.take("RENAME") || ["COLUMN", "INDEX", "KEY", "CONSTRAINT"].includes(cursor.peek()?.word ?? ""))
    return undefined;
  cursor.takeAny(["TO", "AS", "="]);
  return cursor.takeName();
}

function checkDefault(cursor: Cursor, { table, report, at }: Alter): void {
  cursor.take("COLUMN");
  cursor.take("IF", "EXISTS");
  const column = cursor.takeName();
  if (!cursor.take("DROP", "DEFAULT")) return;
  const name = showName([...table, ...column]);
  report({ rule: "drop-default", at, message: `DROP DEFAULT of ${name}: an INSERT that leaves it out may fail.` });
}

function reportRows(what: string, { table, report, at }: Alter): void {
  report({ rule: "truncate", at, message: `${what} removes rows of ${showName(table)}.` });
}
