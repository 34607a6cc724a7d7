import type { Constraint } from "libpg-query";
import { checkSetNotNull } from "./check-columns.ts";
import { reportHeldLock } from "./locks.ts";
import { nameOf, nameOfRelation, show, type Name } from "./names.ts";
import type { Context, Problem } from "./problem.ts";
import { identifyConstraint } from "./scope.ts";

/** A constraint that is added to a table that others use, on its own or with a column. */
export function checkAddConstraint(table: Name, constraint: Constraint, at: number, context: Context): void {
  rememberConstraint(table, constraint, context);
  // NOT VALID, and NOT ENFORCED.
  if (constraint.skip_validation === true) return;
  if (constraint.contype === "CONSTR_NOTNULL")
    return checkSetNotNull(table, constraint.keys?.flatMap(nameOf)[0] ?? "", at, context);
  const problem = problemOf(constraint, show(table));
  if (problem !== undefined) context.report({ ...problem, at });
}

function problemOf(constraint: Constraint, table: string): Omit<Problem, "at"> | undefined {
  switch (constraint.contype) {
    case "CONSTR_FOREIGN": {
      const other = show(nameOfRelation(constraint.pktable));
      const message = `ADD FOREIGN KEY checks all rows of ${table} while writes to it and to ${other} wait.`;
      return { rule: "add-foreign-key", message };
    }
    case "CONSTR_CHECK":
      return { rule: "add-check", message: `ADD CHECK checks all rows of ${table} while every query of it waits.` };
    case "CONSTR_UNIQUE":
    case "CONSTR_PRIMARY": {
      if (constraint.indexname !== undefined) return undefined;
      const what = constraint.contype === "CONSTR_UNIQUE" ? "UNIQUE" : "PRIMARY KEY";
      return { rule: "add-unique", message: `ADD ${what} builds an index on ${table} while every query of it waits.` };
    }
    case "CONSTR_EXCLUSION":
      return {
        rule: "add-exclusion",
        message: `ADD EXCLUDE builds an index on ${table} while every query of it waits.`,
      };
    default:
      return undefined;
  }
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
