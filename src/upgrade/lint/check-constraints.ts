import type { AlterTableCmd, Constraint } from "libpg-query";
import { checkSetNotNull } from "./check-columns.ts";
import { reportHeldLock } from "./locks.ts";
import { nameOf, nameOfRelation, nodesIn, show, type Name } from "./names.ts";
import type { Context } from "./problem.ts";
import { identifyConstraint } from "./scope.ts";

/** A constraint that is added to a table that others use, of its own or with a column. */
export function checkAddConstraint(table: Name, constraint: Constraint, at: number, context: Context): void {
  const { scope, report } = context;
  const where = show(table);
  const isChecked = constraint.skip_validation !== true && constraint.is_enforced !== false;
  rememberConstraint(table, constraint, context);
  switch (constraint.contype) {
    case "CONSTR_FOREIGN": {
      if (!isEnforced(constraint) || !isChecked) return;
      const other = nameOfRelation(constraint.pktable);
      const message = `ADD FOREIGN KEY checks all rows of ${where} while writes to it and to ${show(other)} wait.`;
      return report({ rule: "add-foreign-key", at, message });
    }
    case "CONSTR_CHECK":
      if (!isEnforced(constraint) || !isChecked) return;
      return report({
        rule: "add-check",
        at,
        message: `ADD CHECK checks all rows of ${where} while every query of it waits.`,
      });
    case "CONSTR_NOTNULL":
      if (!isChecked) return;
      return checkSetNotNull(table, constraint.keys?.flatMap(nameOf)[0] ?? "", at, context);
    case "CONSTR_UNIQUE":
    case "CONSTR_PRIMARY": {
      if (constraint.indexname !== undefined) return;
      const what = constraint.contype === "CONSTR_UNIQUE" ? "UNIQUE" : "PRIMARY KEY";
      const message = `ADD ${what} builds an index on ${where} while every query of it waits.`;
      return report({ rule: "add-unique", at, message });
    }
    case "CONSTR_EXCLUSION":
      return report({
        rule: "add-exclusion",
        at,
        message: `ADD EXCLUDE builds an index on ${where} while every query of it waits.`,
      });
    default:
  }
  void scope;
}
