import type { AlterPolicyStmt, CreatePolicyStmt, RuleStmt } from "libpg-query";
import { nameOfRelation, show } from "../names.ts";
import type { Context } from "../problem.ts";

/** A restrictive policy hides rows. A permissive one only adds rows. */
export function checkCreatePolicy({ table, policy_name, permissive }: CreatePolicyStmt, context: Context): void {
  const name = nameOfRelation(table);
  if (permissive === true || context.scope.isNew("relation", name)) return;
  context.report({
    rule: "enable-row-security",
    at: context.at,
    message: `The restrictive policy ${policy_name} hides rows of ${show(name)} from the previous version, or refuses its writes.`,
  });
}

export function checkAlterPolicy({ table, policy_name, qual, with_check }: AlterPolicyStmt, context: Context): void {
  const { scope, report, at } = context;
  const name = nameOfRelation(table);
  if ((qual === undefined && with_check === undefined) || scope.isNew("policy", [...name, policy_name ?? ""])) return;
  report({
    rule: "enable-row-security",
    at,
    message: `The policy ${policy_name} of ${show(name)} has a new condition, which may hide rows from the previous version.`,
  });
}

export function checkRule({ relation, rulename, instead, event }: RuleStmt, { scope, report, at }: Context): void {
  const table = nameOfRelation(relation);
  // Rules can make a view writable.
  const isView = scope.catalog?.relation(scope.originOf("relation", table))?.kind === "v";
  if (instead !== true || isView || scope.isNew("relation", table)) return;
  const word = event?.replace("CMD_", "") ?? "statement";
  report({
    rule: "rule-instead",
    at,
    message: `DO INSTEAD of the rule ${rulename} replaces each ${word} of the previous version on ${show(table)}, without an error.`,
  });
}
