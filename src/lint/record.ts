import type { CreateFunctionStmt, CreateStmt, Node, RangeVar } from "libpg-query";
import { noteLock } from "./locks.ts";
import { nameOf, nameOfRelation, type Name } from "./names.ts";
import type { Context } from "./problem.ts";
import type { ObjectKind } from "./scope.ts";

/** Keeps book of what a statement makes: the previous version does not know it, and nobody waits for it. */
export function recordMade(statement: Node, context: Context): void {
  const { scope } = context;
  const add = (kind: ObjectKind, name: Name) => scope.add(kind, name);
  const addRelation = (relation: RangeVar | undefined) => {
    const name = nameOfRelation(relation);
    if (name.length === 0) return;
    add("relation", name);
    if (relation?.relpersistence === "t") add("relation", ["pg_temp", name.at(-1) ?? ""]);
  };
  if ("CreateStmt" in statement) {
    addRelation(statement.CreateStmt.relation);
    noteLocksOfTable(statement.CreateStmt, context);
  } else if ("CreateForeignTableStmt" in statement) addRelation(statement.CreateForeignTableStmt.base?.relation);
  else if ("CreateTableAsStmt" in statement) addRelation(statement.CreateTableAsStmt.into?.rel);
  else if ("SelectStmt" in statement) addRelation(statement.SelectStmt.intoClause?.rel);
  else if ("CreateSeqStmt" in statement) addRelation(statement.CreateSeqStmt.sequence);
  else if ("CreateSchemaStmt" in statement) add("schema", [statement.CreateSchemaStmt.schemaname ?? ""]);
  else if ("CreateEnumStmt" in statement) add("type", (statement.CreateEnumStmt.typeName ?? []).flatMap(nameOf));
  else if ("CreateRangeStmt" in statement) add("type", (statement.CreateRangeStmt.typeName ?? []).flatMap(nameOf));
  else if ("CompositeTypeStmt" in statement) add("type", nameOfRelation(statement.CompositeTypeStmt.typevar));
  else if ("CreateDomainStmt" in statement) add("type", (statement.CreateDomainStmt.domainname ?? []).flatMap(nameOf));
  else recordReplaceable(statement, context, addRelation);
}

/** What may take the place of something that was dropped or renamed just before. */
function recordReplaceable(
  statement: Node,
  context: Context,
  addRelation: (relation: RangeVar | undefined) => void,
): void {
  const { scope, withdraw } = context;
  const replace = (kind: ObjectKind, name: Name) => {
    withdraw(scope.identify(kind, name));
    scope.add(kind, name);
  };
  if ("ViewStmt" in statement) {
    withdraw(scope.identify("relation", nameOfRelation(statement.ViewStmt.view)));
    // One that replaces another is as well known as that.
    if (statement.ViewStmt.replace !== true) addRelation(statement.ViewStmt.view);
  } else if ("CreateFunctionStmt" in statement) {
    const name = (statement.CreateFunctionStmt.funcname ?? []).flatMap(nameOf);
    withdraw(scope.identify("routine", name));
    if (statement.CreateFunctionStmt.replace !== true) scope.add("routine", name);
    if (isSteady(statement.CreateFunctionStmt)) scope.steadyRoutines.add(scope.identify("routine", name));
  } else if ("DefineStmt" in statement) {
    const { kind, defnames = [] } = statement.DefineStmt;
    if (kind === "OBJECT_AGGREGATE") replace("routine", defnames.flatMap(nameOf));
    if (kind === "OBJECT_TYPE") replace("type", defnames.flatMap(nameOf));
  } else if ("CreateTrigStmt" in statement) {
    const table = nameOfRelation(statement.CreateTrigStmt.relation);
    replace("trigger", [...table, statement.CreateTrigStmt.trigname ?? ""]);
    noteLock(context, table, "every write");
  } else if ("CreatePolicyStmt" in statement) {
    const table = nameOfRelation(statement.CreatePolicyStmt.table);
    replace("policy", [...table, statement.CreatePolicyStmt.policy_name ?? ""]);
    noteLock(context, table, "every query");
  } else if ("RuleStmt" in statement) {
    const table = nameOfRelation(statement.RuleStmt.relation);
    replace("rule", [...table, statement.RuleStmt.rulename ?? ""]);
    noteLock(context, table, "every query");
  }
}

/** A function is volatile unless it says otherwise. */
function isSteady({ options = [] }: CreateFunctionStmt): boolean {
  return options.some(
    (node) =>
      "DefElem" in node &&
      node.DefElem.defname === "volatility" &&
      ["stable", "immutable"].includes(nameOf(node.DefElem.arg)[0] ?? ""),
  );
}

/** A new table locks those that it refers to, and the one that it becomes a partition of. */
function noteLocksOfTable({ tableElts = [], partbound, inhRelations = [] }: CreateStmt, context: Context): void {
  if (partbound !== undefined) for (const parent of inhRelations) noteLock(context, nameOf(parent), "every query");
  const constraints = tableElts.flatMap((node) => {
    if ("Constraint" in node) return [node];
    return "ColumnDef" in node ? (node.ColumnDef.constraints ?? []) : [];
  });
  for (const node of constraints)
    if ("Constraint" in node && node.Constraint.pktable !== undefined)
      noteLock(context, nameOfRelation(node.Constraint.pktable), "every write");
}
