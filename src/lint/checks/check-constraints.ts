import type { Constraint, ConstrType } from "libpg-query";
import { checkSetNotNull } from "./check-columns.ts";
import { reportHeldLock } from "../locks.ts";
import { nameOf, nameOfRelation, show, type Name } from "../names.ts";
import type { Context, Problem } from "../problem.ts";
import { identifyConstraint, type Scope } from "../scope.ts";

/** A constraint that is added to a table that others use, on its own or with a column. */
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
    message: `ADD CHECK checks all rows of ${table} while every query of it waits.`,
  }),
  CONSTR_UNIQUE: (constraint, table) => uniqueProblem("UNIQUE", constraint, table),
  CONSTR_PRIMARY: (constraint, table) => uniqueProblem("PRIMARY KEY", constraint, table),
  CONSTR_EXCLUSION: (_, table) => ({
    rule: "add-exclusion",
    message: `ADD EXCLUDE builds an index on ${table} while every query of it waits.`,
  }),
};

function uniqueProblem(what: string, { indexname: usedIndex }: Constraint, table: string): Found {
  const message = `ADD ${what} builds an index on ${table} while every query of it waits.`;
  return usedIndex === undefined ? { rule: "add-unique", message } : undefined;
}

/** For VALIDATE CONSTRAINT and SET NOT NULL further down. */
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
    message: `VALIDATE CONSTRAINT ${constraint} checks all rows of ${show(table)} under the lock of ADD CONSTRAINT, which makes others wait.`,
  });
}

/** What is new, and what has no effect beside a NOT NULL, nobody misses. */
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
  effect: "makes ON CONFLICT of the previous version fail, and lets it meet values that come twice",
};
const unknownLoss: Loss = {
  effect: "makes ON CONFLICT of the previous version fail, or lets it meet values that were refused",
};

/** By the letter of the catalogue. */
const losses: Readonly<Record<string, Loss>> = {
  p: uniqueLoss,
  u: uniqueLoss,
  x: uniqueLoss,
  f: {
    effect:
      "lets the previous version meet rows that refer to nothing, and no longer deletes or updates with the other table",
  },
  c: { effect: "lets the previous version meet values that were refused" },
  n: { rule: "drop-not-null", effect: "lets the previous version meet a NULL" },
};

/** A CHECK that a column is not NULL, which this upgrade has validated or made, after SET NOT NULL. */
function isBesideNotNull(table: Name, constraint: string, scope: Scope): boolean {
  const place = identifyConstraint(scope, table, constraint);
  const column = scope.notNullChecks.get(place);
  if (column !== undefined) return scope.setNotNull.has(column);
  // One that was not seen being added is most likely the one.
  const prefix = scope.identify("column", [...table, ""]);
  return scope.validated.has(place) && [...scope.setNotNull].some((one) => one.startsWith(prefix));
}
