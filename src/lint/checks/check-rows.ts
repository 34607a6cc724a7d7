import type { DeleteStmt, InsertStmt, LockStmt, Node, TruncateStmt, UpdateStmt } from "libpg-query";
import { noteLock, reportHeldLock } from "../locks.ts";
import { nameOf, nameOfRelation, nodesIn, show, type Name } from "../names.ts";
import type { Context } from "../problem.ts";

export function checkWrite(word: "UPDATE" | "DELETE", statement: UpdateStmt | DeleteStmt, context: Context): void {
  const { scope, report, at } = context;
  const table = nameOfRelation(statement.relation);
  if (scope.isNew("relation", table)) return;
  const { whereClause: condition } = statement;
  if (condition === undefined || isTrue(condition))
    report({
      rule: "whole-table-write",
      at,
      message: `${word} without WHERE locks all rows of ${show(table)} until the transaction ends.`,
    });
  if (condition === undefined || !picksFew(condition)) reportHeldLock(context, `${word} of ${show(table)}`);
}

/** Checks INSERT … SELECT. INSERT … VALUES is harmless. */
export function checkInsert(statement: InsertStmt, context: Context): void {
  const { selectStmt: source } = statement;
  if (source !== undefined && readsRows(source, context))
    reportHeldLock(context, `INSERT … SELECT into ${show(nameOfRelation(statement.relation))}`);
}

/** Whether a query scans a table that this upgrade did not create. */
export function readsRows(query: Node, { scope }: Context): boolean {
  if (!("SelectStmt" in query) || query.SelectStmt.valuesLists !== undefined) return false;
  const { whereClause: condition, limitCount: limit } = query.SelectStmt;
  if (limit !== undefined || (condition !== undefined && picksFew(condition))) return false;
  const nodes = [...nodesIn(query)];
  const common = new Set(nodes.flatMap(([kind, { ctename }]) => (kind === "CommonTableExpr" ? [ctename] : [])));
  return nodes.some(([kind, relation]) => {
    const table = kind === "RangeVar" ? nameOfRelation(relation) : [];
    return table.length > 0 && !scope.isNew("relation", table) && !(table.length === 1 && common.has(table[0]));
  });
}

/** Whether one of the conditions joined by AND compares a column with literal values. */
function picksFew(condition: Node): boolean {
  if ("BoolExpr" in condition)
    return condition.BoolExpr.boolop === "AND_EXPR" && (condition.BoolExpr.args ?? []).some(picksFew);
  if (!("A_Expr" in condition)) return false;
  const { kind, name = [], lexpr: left, rexpr: right } = condition.A_Expr;
  const isComparison =
    kind === "AEXPR_IN" ||
    kind === "AEXPR_OP_ANY" ||
    kind === "AEXPR_BETWEEN" ||
    (kind === "AEXPR_OP" && name.flatMap(nameOf)[0] === "=");
  return isComparison && isWrittenOut(left) !== isWrittenOut(right) && name.flatMap(nameOf)[0] !== "<>";
}

function isWrittenOut(value: Node | undefined): boolean {
  return value !== undefined && [...nodesIn(value)].every(([kind]) => kind !== "ColumnRef" && kind !== "SubLink");
}

function isTrue(condition: Node): boolean {
  return "A_Const" in condition && condition.A_Const.boolval?.boolval === true;
}

export function checkTruncate(statement: TruncateStmt, context: Context): void {
  for (const table of othersIn(statement.relations, context)) {
    const cascade = statement.behavior === "DROP_CASCADE" ? ", and of the tables that refer to it," : "";
    context.report({
      rule: "truncate",
      at: context.at,
      message: `TRUNCATE removes all rows of ${show(table)}${cascade} that the previous version may use.`,
    });
    noteLock(context, table, "every query");
  }
}

/** Lock modes have numbers, from 1. From this one on, writes wait. */
const share = 5;
const accessExclusive = 8;

export function checkLock(statement: LockStmt, context: Context): void {
  const { mode = accessExclusive } = statement;
  if (mode < share) return;
  const blocks = mode === accessExclusive ? "every query" : "every write";
  for (const table of othersIn(statement.relations, context)) {
    const message = `LOCK TABLE makes ${blocks} of ${show(table)} wait until the transaction ends.`;
    context.report({ rule: "lock-table", at: context.at, message });
    noteLock(context, table, blocks);
  }
}

function othersIn(relations: readonly Node[] | undefined, { scope }: Context): readonly Name[] {
  return (relations ?? []).map(nameOf).filter((table) => !scope.isNew("relation", table));
}
