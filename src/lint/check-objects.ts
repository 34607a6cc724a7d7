import type { AlterObjectSchemaStmt, DropStmt, Node, ObjectType, RenameStmt } from "libpg-query";
import { noteLock } from "./locks.ts";
import { nameOf, nameOfRelation, show, type Name } from "./names.ts";
import type { Context } from "./problem.ts";
import type { LintRuleId } from "./rules.ts";
import type { ObjectKind } from "./scope.ts";

/** Kinds of objects of which a scope keeps book. */
const kinds: Partial<Record<ObjectType, ObjectKind>> = {
  OBJECT_TABLE: "relation",
  OBJECT_FOREIGN_TABLE: "relation",
  OBJECT_VIEW: "relation",
  OBJECT_MATVIEW: "relation",
  OBJECT_SEQUENCE: "relation",
  OBJECT_INDEX: "relation",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "type",
  OBJECT_FUNCTION: "routine",
  OBJECT_PROCEDURE: "routine",
  OBJECT_ROUTINE: "routine",
  OBJECT_AGGREGATE: "routine",
  OBJECT_SCHEMA: "schema",
  OBJECT_TRIGGER: "trigger",
  OBJECT_POLICY: "policy",
  OBJECT_RULE: "rule",
};

/** What no query names or needs. */
const unnoticed: ReadonlySet<ObjectType> = new Set([
  "OBJECT_STATISTIC_EXT",
  "OBJECT_PUBLICATION",
  "OBJECT_SUBSCRIPTION",
  "OBJECT_EVENT_TRIGGER",
]);

/** What can be dropped and made again in one transaction without anyone seeing it. */
const replaceable: ReadonlySet<ObjectType> = new Set([
  "OBJECT_VIEW",
  "OBJECT_FUNCTION",
  "OBJECT_PROCEDURE",
  "OBJECT_ROUTINE",
  "OBJECT_AGGREGATE",
  "OBJECT_TRIGGER",
  "OBJECT_POLICY",
  "OBJECT_RULE",
]);

export function checkDrop(statement: DropStmt, context: Context): void {
  const type = statement.removeType ?? "OBJECT_TABLE";
  for (const object of statement.objects ?? []) checkDropOf(object, type, statement, context);
}

function checkDropOf(object: Node, type: ObjectType, statement: DropStmt, context: Context): void {
  const { scope, report, at, inTransaction } = context;
  const kind = kinds[type];
  const name = nameOf(object);
  if (unnoticed.has(type) || (kind !== undefined && scope.has(kind, name)) || isOfNewTable(type, name, context)) return;
  const what = `DROP ${words(type)}`;
  if (type === "OBJECT_INDEX") {
    if (statement.concurrent) return;
    report({
      rule: "drop-index",
      at,
      message: `${what} ${show(name)} makes every query of its table wait, behind those that run already.`,
    });
    return;
  }
  const rules: Partial<Record<ObjectType, LintRuleId>> = {
    OBJECT_TABLE: "drop-table",
    OBJECT_FOREIGN_TABLE: "drop-table",
    OBJECT_VIEW: "drop-view",
    OBJECT_MATVIEW: "drop-view",
  };
  const cascade = statement.behavior === "DROP_CASCADE" ? ", and everything that depends on it" : "";
  report({
    rule: rules[type] ?? "drop-object",
    at,
    message: `${what} takes away ${showObject(type, name)}, which the previous version may still use${cascade}.`,
    ...(kind !== undefined && inTransaction && replaceable.has(type) && { unlessMade: scope.identify(kind, name) }),
  });
  if (kind === "relation") noteLock(context, name, "every query");
  if (isOnTable(type)) noteLock(context, name.slice(0, -1), "every query");
}

export function checkRename(statement: RenameStmt, context: Context): void {
  const { scope, report, at, inTransaction } = context;
  const { renameType: type = "OBJECT_TABLE", relation, subname = "", newname = "" } = statement;
  const table = nameOfRelation(relation);
  if (type === "OBJECT_COLUMN" || type === "OBJECT_ATTRIBUTE") {
    if (scope.has("relation", table) || scope.has("type", table)) return;
    if (scope.has("column", [...table, subname])) return scope.add("column", [...table, newname]);
    const message = `RENAME ${type === "OBJECT_COLUMN" ? "COLUMN" : "ATTRIBUTE"} breaks every query of the previous version that names ${show([...table, subname])}.`;
    report({ rule: "rename-column", at, message });
    return noteLock(context, table, "every query");
  }
  if (unheard.has(type)) return;
  const kind = kinds[type];
  const name = relation ? table : statement.object ? nameOf(statement.object) : [subname];
  if (kind !== undefined && scope.has(kind, name)) return scope.add(kind, [...name.slice(0, -1), newname]);
  const isTable = kind === "relation" && type !== "OBJECT_SEQUENCE";
  report({
    rule: isTable ? "rename-table" : "rename-object",
    at,
    message: `RENAME TO ${newname} breaks every query of the previous version that names ${showObject(type, name)}.`,
    ...(isTable && inTransaction && { unlessMade: scope.identify("relation", name) }),
  });
  // What is there under the new name is known to nobody, but it is the old table with its rows: no scope.add.
  if (kind === "relation") noteLock(context, name, "every query");
}

/** Names that queries do not use. */
const unheard: ReadonlySet<ObjectType> = new Set([
  "OBJECT_INDEX",
  "OBJECT_TABCONSTRAINT",
  "OBJECT_DOMCONSTRAINT",
  "OBJECT_TRIGGER",
  "OBJECT_POLICY",
  "OBJECT_RULE",
  "OBJECT_TABLESPACE",
  ...unnoticed,
]);

export function checkSetSchema(statement: AlterObjectSchemaStmt, context: Context): void {
  const { scope, report, at, inTransaction } = context;
  const type = statement.objectType ?? "OBJECT_TABLE";
  const kind = kinds[type];
  const name = statement.relation ? nameOfRelation(statement.relation) : nameOf(statement.object);
  const own = name.at(-1) ?? "";
  if (unheard.has(type)) return;
  if (kind !== undefined && scope.has(kind, name)) return scope.add(kind, [statement.newschema ?? "", own]);
  report({
    rule: "set-schema",
    at,
    message: `SET SCHEMA ${statement.newschema} breaks every query of the previous version that looks for ${showObject(type, name)}.`,
    ...(kind === "relation" && inTransaction && { unlessMade: scope.identify("relation", name) }),
  });
  if (kind === "relation") noteLock(context, name, "every query");
}

const isOnTable = (type: ObjectType) => type === "OBJECT_TRIGGER" || type === "OBJECT_POLICY" || type === "OBJECT_RULE";

/** A trigger, policy or rule goes with its table. */
function isOfNewTable(type: ObjectType, name: Name, { scope }: Context): boolean {
  return isOnTable(type) && scope.has("relation", name.slice(0, -1));
}

/** `table orders`, `trigger audit of orders`. */
function showObject(type: ObjectType, name: Name): string {
  const word = words(type).toLowerCase();
  return isOnTable(type) ? `${word} ${name.at(-1)} of ${show(name.slice(0, -1))}` : `${word} ${show(name)}`;
}

function words(type: ObjectType): string {
  return type === "OBJECT_MATVIEW" ? "MATERIALIZED VIEW" : type.replace("OBJECT_", "").replaceAll("_", " ");
}
