import type { CreateFunctionStmt, CreateSchemaStmt, CreateStmt, Node, RangeVar } from "libpg-query";
import { noteLock } from "./locks.ts";
import { nameOf, nameOfRelation, type Name } from "./names.ts";
import type { Context } from "./problem.ts";
import type { ObjectKind } from "./object-kinds.ts";
import { nameOfRole } from "./roles.ts";

/**
 * Records the objects that a statement creates: the previous version does not know them, and no query waits for them.
 * IF NOT EXISTS and OR REPLACE create nothing if the object exists.
 */
export function recordMade(statement: Node, context: Context): void {
  const add = (kind: ObjectKind, name: Name, ifMissing = false) => create(kind, name, ifMissing, context);
  if ("CreateStmt" in statement) {
    createRelation(statement.CreateStmt.relation, statement.CreateStmt.if_not_exists, context);
    noteLocksOfTable(statement.CreateStmt, context);
  } else if ("CreateForeignTableStmt" in statement) {
    const { base } = statement.CreateForeignTableStmt;
    createRelation(base?.relation, base?.if_not_exists, context);
  } else if ("CreateTableAsStmt" in statement) {
    const { into, if_not_exists: ifMissing } = statement.CreateTableAsStmt;
    createRelation(into?.rel, ifMissing, context);
  } else if ("SelectStmt" in statement) createRelation(statement.SelectStmt.intoClause?.rel, false, context);
  else if ("CreateSeqStmt" in statement)
    createRelation(statement.CreateSeqStmt.sequence, statement.CreateSeqStmt.if_not_exists, context);
  else if ("CreateSchemaStmt" in statement) createSchema(statement.CreateSchemaStmt, context);
  else if ("CreateEnumStmt" in statement) add("type", (statement.CreateEnumStmt.typeName ?? []).flatMap(nameOf));
  else if ("CreateRangeStmt" in statement) add("type", (statement.CreateRangeStmt.typeName ?? []).flatMap(nameOf));
  else if ("CompositeTypeStmt" in statement) add("type", nameOfRelation(statement.CompositeTypeStmt.typevar));
  else if ("CreateDomainStmt" in statement) add("type", (statement.CreateDomainStmt.domainname ?? []).flatMap(nameOf));
  else if ("CreateExtensionStmt" in statement)
    add("extension", [statement.CreateExtensionStmt.extname ?? ""], statement.CreateExtensionStmt.if_not_exists);
  else if ("CreatePLangStmt" in statement)
    add("language", [statement.CreatePLangStmt.plname ?? ""], statement.CreatePLangStmt.replace);
  else if ("CreateForeignServerStmt" in statement)
    add(
      "server",
      [statement.CreateForeignServerStmt.servername ?? ""],
      statement.CreateForeignServerStmt.if_not_exists,
    );
  else if ("CreateFdwStmt" in statement) add("wrapper", [statement.CreateFdwStmt.fdwname ?? ""]);
  else if ("CreateRoleStmt" in statement) add("role", [statement.CreateRoleStmt.role ?? ""]);
  else if ("CreateStatsStmt" in statement)
    add(
      "statistics",
      (statement.CreateStatsStmt.defnames ?? []).flatMap(nameOf),
      statement.CreateStatsStmt.if_not_exists,
    );
  else recordReplaceable(statement, context);
}

function create(kind: ObjectKind, name: Name, ifMissing: boolean, { scope, isConditional }: Context): void {
  if (name.length > 0) scope.create(kind, name, { ifMissing: ifMissing || isConditional });
}

function createRelation(relation: RangeVar | undefined, ifMissing: boolean | undefined, context: Context): void {
  const name = nameOfRelation(relation);
  const isTemporary = relation?.relpersistence === "t";
  create("relation", isTemporary ? ["pg_temp", ...name.slice(-1)] : name, ifMissing === true, context);
}

/** CREATE SCHEMA AUTHORIZATION without a name takes the role's name. */
function createSchema({ schemaname, authrole, if_not_exists: ifMissing = false }: CreateSchemaStmt, context: Context) {
  const name = schemaname ?? (authrole && nameOfRole(authrole, context.scope));
  if (name !== undefined) create("schema", [name], ifMissing, context);
}

/** Records objects that may replace one that was dropped or renamed just before. */
function recordReplaceable(statement: Node, context: Context): void {
  const { scope, withdraw } = context;
  const replace = (kind: ObjectKind, name: Name, ifMissing = false) => {
    create(kind, name, ifMissing, context);
    withdraw(scope.identify(kind, name));
  };
  if ("ViewStmt" in statement) {
    const { view, replace: ifMissing } = statement.ViewStmt;
    createRelation(view, ifMissing, context);
  } else if ("CreateFunctionStmt" in statement) {
    const name = (statement.CreateFunctionStmt.funcname ?? []).flatMap(nameOf);
    create("routine", name, statement.CreateFunctionStmt.replace === true, context);
    if (isSteady(statement.CreateFunctionStmt)) scope.steadyRoutines.add(scope.identify("routine", name));
  } else if ("DefineStmt" in statement) {
    const { kind, defnames = [], replace: orReplace = false, if_not_exists: ifMissing = false } = statement.DefineStmt;
    if (kind === "OBJECT_AGGREGATE") replace("routine", defnames.flatMap(nameOf), orReplace);
    if (kind === "OBJECT_TYPE") replace("type", defnames.flatMap(nameOf));
    if (kind === "OBJECT_COLLATION") replace("collation", defnames.flatMap(nameOf), ifMissing);
  } else if ("CreateTrigStmt" in statement) {
    const { relation, trigname = "", replace: ifMissing } = statement.CreateTrigStmt;
    const table = nameOfRelation(relation);
    replace("trigger", [...table, trigname], ifMissing);
    noteLock(context, table, "every write");
  } else if ("CreatePolicyStmt" in statement) {
    const table = nameOfRelation(statement.CreatePolicyStmt.table);
    replace("policy", [...table, statement.CreatePolicyStmt.policy_name ?? ""]);
    noteLock(context, table, "every query");
  } else if ("RuleStmt" in statement) {
    const table = nameOfRelation(statement.RuleStmt.relation);
    replace("rule", [...table, statement.RuleStmt.rulename ?? ""], statement.RuleStmt.replace);
    noteLock(context, table, "every query");
  }
}

/** Whether the function is declared STABLE or IMMUTABLE. The default is VOLATILE. */
function isSteady({ options = [] }: CreateFunctionStmt): boolean {
  return options.some(
    (node) =>
      "DefElem" in node &&
      node.DefElem.defname === "volatility" &&
      ["stable", "immutable"].includes(nameOf(node.DefElem.arg)[0] ?? ""),
  );
}

/** A new table locks the tables that it references, and the table that it becomes a partition of. */
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
