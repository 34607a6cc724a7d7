import type { Constraint, ConstrType } from "libpg-query";
import { checkSetNotNull } from "./check-columns.ts";
import { reportHeldLock } from "../locks.ts";
import { nameOf, nameOfRelation, show, type Name } from "../names.ts";
import type { Context, Problem } from "../problem.ts";
import { identifyConstraint, type Scope } from "../scope.ts";

/** Checks a constraint that is added to a table in use, alone or with a column. */
export function checkAddConstraint(table: Name, constraint: Constraint, at: number, context: Context): void {
  rememberConstraint(table, constraint, context);
  if (constraint.conname !== undefined) {
    context.withdraw(identifyConstraint(context.scope, table, constraint.conname));
    context.scope.create("constraint", [...table, constraint.conname], { ifMissing: context.isConditional });
  }
  // NOT VALID, and NOT ENFORCED.
  if (constraint.skip_validation === true) return;
  if (constraint.contype === "CONSTR_NOTNULL")
    return checkSetNotNull(table, constraint.keys?.flatMap(nameOf)[0] ?? "", at, context);
  const problem = problems[constraint.contype ?? "CONSTR_NULL"]?.(constraint, show(table));
  if (problem !== undefined) context.report({ ...problem, at });
}

type Found = Omit<Problem, "at"> | undefined;

const problems: Partial<Record<ConstrType, (constraint: Constraint, table: string) => Found>> = {
  CONSTR_FOREIGN({ pktable }, table) {
    const other = show(nameOfRelation(pktable));
    const message = `ADD FOREIGN KEY checks all rows of ${table} while writes to it and to ${other} wait.`;
    return { rule: "add-foreign-key", message };
  },
  CONSTR_CHECK: (_, table) => ({
    rule: "add-check",
    message: `ADD CHECK checks all rows of ${table} while every query on it waits.`,
  }),
  CONSTR_UNIQUE: (constraint, table) => uniqueProblem("UNIQUE", constraint, table),
  CONSTR_PRIMARY: (constraint, table) => uniqueProblem("PRIMARY KEY", constraint, table),
  CONSTR_EXCLUSION: (_, table) => ({
    rule: "add-exclusion",
    message: `ADD EXCLUDE builds an index on ${table} while every query on it waits.`,
  }),
};

function uniqueProblem(what: string, { indexname: usedIndex }: Constraint, table: string): Found {
  const message = `ADD ${what} builds an index on ${table} while every query on it waits.`;
  return usedIndex === undefined ? { rule: "add-unique", message } : undefined;
}

/** Records the constraint for later VALIDATE CONSTRAINT and SET NOT NULL. */
function rememberConstraint(table: Name, constraint: Constraint, { scope, inTransaction }: Context): void {
  const { conname: name, skip_validation: isNotValid = false, raw_expr: condition } = constraint;
  if (name === undefined) return;
  const place = identifyConstraint(scope, table, name);
  if (isNotValid && inTransaction) scope.transaction.notValid.add(place);
  if (condition === undefined || !("NullTest" in condition) || condition.NullTest.nulltesttype !== "IS_NOT_NULL")
    return;
  const { arg } = condition.NullTest;
  if (arg === undefined || !("ColumnRef" in arg)) return;
  const column = (arg.ColumnRef.fields ?? []).flatMap(nameOf).at(-1) ?? "";
  scope.notNullChecks.set(place, scope.identify("column", [...table, column]));
  if (!isNotValid) scope.validated.add(place);
}

export function checkValidate(table: Name, constraint: string, at: number, context: Context): void {
  const { scope, report } = context;
  const place = identifyConstraint(scope, table, constraint);
  scope.validated.add(place);
  if (!scope.transaction.notValid.has(place))
    return reportHeldLock(context, `VALIDATE CONSTRAINT ${constraint} of ${show(table)}`, at);
  report({
    rule: "validate-in-same-migration",
    at,
    message: `VALIDATE CONSTRAINT ${constraint} checks all rows of ${show(table)} while the lock of ADD CONSTRAINT blocks other queries.`,
  });
}

/** Dropping a new constraint is harmless, and so is dropping a CHECK that only repeats a NOT NULL. */
export function checkDropConstraint(table: Name, constraint: string, at: number, context: Context): void {
  const { scope, report, inTransaction, isConditional } = context;
  const place = identifyConstraint(scope, table, constraint);
  const isNew = scope.isNew("constraint", [...table, constraint]) || isBesideNotNull(table, constraint, scope);
  const known = scope.catalog
    ?.relation(scope.originOf("relation", table))
    ?.constraints.find(({ name }) => name === scope.originOf("constraint", [...table, constraint]).at(-1));
  if (!isConditional) scope.drop("constraint", [...table, constraint]);
  if (isNew || known?.isRedundant === true) return;
  const { rule = "drop-constraint", effect } = losses[known?.type ?? ""] ?? unknownLoss;
  report({
    rule,
    at,
    message: `DROP CONSTRAINT ${constraint} of ${show(table)} ${effect}.`,
    ...(inTransaction && { unlessMade: place }),
  });
}

interface Loss {
  readonly rule?: "drop-not-null";
  readonly effect: string;
}

const uniqueLoss = {
  effect: "makes ON CONFLICT of the previous version fail, and allows duplicate values",
};
const unknownLoss: Loss = {
  effect: "makes ON CONFLICT of the previous version fail, or allows values that it does not expect",
};

/** By `contype` of pg_constraint. */
const losses: Readonly<Record<string, Loss>> = {
  p: uniqueLoss,
  u: uniqueLoss,
  x: uniqueLoss,
  f: {
    effect:
      "allows rows whose referenced row is missing, and ends cascading deletes and updates that the previous version may rely on",
  },
  c: { effect: "allows values that the previous version does not expect" },
  n: { rule: "drop-not-null", effect: "allows NULL, which the previous version does not expect" },
};

/** Whether it is a CHECK (column IS NOT NULL) of this upgrade, and the column is NOT NULL by now. */
function isBesideNotNull(table: Name, constraint: string, scope: Scope): boolean {
  const place = identifyConstraint(scope, table, constraint);
  const column = scope.notNullChecks.get(place);
  if (column !== undefined) return scope.setNotNull.has(column);
  // The upgrade validated a constraint that it did not add: most likely this CHECK.
  const prefix = scope.identify("column", [...table, ""]);
  return scope.validated.has(place) && [...scope.setNotNull].some((one) => one.startsWith(prefix));
}
