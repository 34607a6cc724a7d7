import type { AlterObjectSchemaStmt, DropStmt, Node, ObjectType, RenameStmt } from "libpg-query";
import { noteLock } from "../locks.ts";
import { hasSignature, rememberDropped } from "./check-routines.ts";
import { nameOf, nameOfRelation, show, type Name } from "../names.ts";
import type { Context } from "../problem.ts";
import type { ObjectKind } from "../object-kinds.ts";
import type { LintRuleId } from "../rules/rules.ts";

/** Objects that a scope tracks. */
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
  OBJECT_COLLATION: "collation",
  OBJECT_STATISTIC_EXT: "statistics",
  OBJECT_EXTENSION: "extension",
  OBJECT_LANGUAGE: "language",
  OBJECT_FOREIGN_SERVER: "server",
  OBJECT_FDW: "wrapper",
  OBJECT_ROLE: "role",
};

/** Objects that no query uses. */
const unnoticed: ReadonlySet<ObjectType> = new Set([
  "OBJECT_STATISTIC_EXT",
  "OBJECT_PUBLICATION",
  "OBJECT_SUBSCRIPTION",
  "OBJECT_EVENT_TRIGGER",
]);

/** Objects that can be dropped and created again in one transaction without any effect on queries. */
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
  const kind = kinds[type];
  for (const object of statement.objects ?? []) {
    checkDropOf(object, type, statement, context);
    if (kind === "routine")
      rememberDropped(nameOf(object), "ObjectWithArgs" in object ? object.ObjectWithArgs : undefined, context.scope);
    // Other routines of the same name may remain.
    if (kind !== undefined && kind !== "routine" && !context.isConditional) context.scope.drop(kind, nameOf(object));
  }
}

function checkDropOf(object: Node, type: ObjectType, statement: DropStmt, context: Context): void {
  const { scope, report, at, inTransaction } = context;
  const kind = kinds[type];
  const name = nameOf(object);
  const what = `DROP ${words(type)}`;
  if (type === "OBJECT_INDEX") {
    // A new index may be on an old table.
    const table = scope.tablesOfIndexes.get(scope.identify("relation", name));
    const isNew = scope.isNew("relation", name) && (table === undefined || scope.isNew("relation", table));
    if (scope.catalog?.relation(scope.originOf("relation", name))?.isUnique === true && !scope.isNew("relation", name))
      report({
        rule: "drop-constraint",
        at,
        message: `${what} ${show(name)}, which is unique, makes ON CONFLICT of the previous version fail, and allows duplicate values.`,
      });
    if (statement.concurrent || isNew) return;
    report({
      rule: "drop-index",
      at,
      message: `${what} ${show(name)} makes every new query on its table wait until the running ones have ended.`,
    });
    return;
  }
  if (unnoticed.has(type) || (kind !== undefined && scope.isNew(kind, name))) return;
  if (kind === "routine" && isOtherRoutine(name, object, context)) return;
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
    message: `${what} removes ${showObject(type, name)}, which the previous version may still use${cascade}.`,
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
    if (scope.isNew("relation", table) || scope.isNew("type", table)) return;
    const isNew = scope.isNew("column", [...table, subname]);
    scope.rename("column", [...table, subname], { own: newname });
    if (isNew) return;
    const message = `RENAME ${type === "OBJECT_COLUMN" ? "COLUMN" : "ATTRIBUTE"} breaks every query of the previous version that uses ${show([...table, subname])}.`;
    report({ rule: "rename-column", at, message });
    return noteLock(context, table, "every query");
  }
  if (type === "OBJECT_TABCONSTRAINT") return checkRenameConstraint(table, subname, context);
  if (type === "OBJECT_INDEX" && scope.catalog?.relation(scope.originOf("relation", table))?.isOfConstraint === true)
    checkRenameConstraint(table, table.at(-1) ?? "", context);
  if (unheard.has(type)) return;
  const kind = kinds[type];
  const name = relation ? table : statement.object ? nameOf(statement.object) : [subname];
  const isNew = kind !== undefined && scope.isNew(kind, name);
  const old = kind === undefined ? "" : scope.identify(kind, name);
  if (kind !== undefined) scope.rename(kind, name, { own: newname });
  if (isNew) return;
  const isTable = kind === "relation" && type !== "OBJECT_SEQUENCE";
  report({
    rule: isTable ? "rename-table" : "rename-object",
    at,
    message: `RENAME TO ${newname} breaks every query of the previous version that uses ${showObject(type, name)}.`,
    ...(isTable && inTransaction && { unlessMade: old }),
  });
  if (kind === "relation") noteLock(context, [...name.slice(0, -1), newname], "every query");
}

/** Apps use the name in ON CONFLICT ON CONSTRAINT, and to recognize errors. */
function checkRenameConstraint(table: Name, constraint: string, { scope, report, at }: Context): void {
  if (
    scope.isNew("relation", table) ||
    (constraint !== table.at(-1) && scope.isNew("constraint", [...table, constraint]))
  )
    return;
  report({
    rule: "rename-constraint",
    at,
    message: `RENAME breaks ON CONFLICT ON CONSTRAINT ${constraint} of the previous version, and code that recognizes errors by this name.`,
  });
}

/** Names that queries do not use. */
const unheard: ReadonlySet<ObjectType> = new Set([
  "OBJECT_INDEX",
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
  const isNew = kind !== undefined && scope.isNew(kind, name);
  const old = kind === undefined ? "" : scope.identify(kind, name);
  if (kind !== undefined) scope.rename(kind, name, { schema: statement.newschema ?? "" });
  if (isNew) return;
  report({
    rule: "set-schema",
    at,
    message: `SET SCHEMA ${statement.newschema} breaks every query of the previous version that uses ${showObject(type, name)}.`,
    ...(kind === "relation" && inTransaction && { unlessMade: old }),
  });
  if (kind === "relation") noteLock(context, [statement.newschema ?? "", own], "every query");
}

const isOnTable = (type: ObjectType) => type === "OBJECT_TRIGGER" || type === "OBJECT_POLICY" || type === "OBJECT_RULE";

/** Whether DROP FUNCTION IF EXISTS names a signature that does not exist. */
function isOtherRoutine(name: Name, object: Node, { scope }: Context): boolean {
  if (scope.catalog === undefined || !("ObjectWithArgs" in object)) return false;
  return object.ObjectWithArgs.args_unspecified !== true && !hasSignature(name, object.ObjectWithArgs, scope);
}

export const kindOf = (type: ObjectType) => kinds[type];

/** `table orders`, `trigger audit of orders`. */
export function showObject(type: ObjectType, name: Name): string {
  const word = words(type).toLowerCase();
  return isOnTable(type) ? `${word} ${name.at(-1)} of ${show(name.slice(0, -1))}` : `${word} ${show(name)}`;
}

const longWords: Partial<Record<ObjectType, string>> = {
  OBJECT_MATVIEW: "MATERIALIZED VIEW",
  OBJECT_LARGEOBJECT: "LARGE OBJECT",
  OBJECT_FDW: "FOREIGN DATA WRAPPER",
  OBJECT_OPCLASS: "OPERATOR CLASS",
  OBJECT_OPFAMILY: "OPERATOR FAMILY",
  OBJECT_TSCONFIGURATION: "TEXT SEARCH CONFIGURATION",
  OBJECT_TSDICTIONARY: "TEXT SEARCH DICTIONARY",
  OBJECT_TSPARSER: "TEXT SEARCH PARSER",
  OBJECT_TSTEMPLATE: "TEXT SEARCH TEMPLATE",
};

function words(type: ObjectType): string {
  return longWords[type] ?? type.replace("OBJECT_", "").replaceAll("_", " ");
}
