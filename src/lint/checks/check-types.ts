import type { AlterDomainStmt, AlterEnumStmt, Node } from "libpg-query";
import { nameOf, nodesIn, show } from "../names.ts";
import type { Context } from "../problem.ts";

export function checkEnum(statement: AlterEnumStmt, context: Context): void {
  const { scope, report, at, inTransaction, serverVersion } = context;
  const { oldVal: oldValue, newVal: newValue = "" } = statement;
  const type = (statement.typeName ?? []).flatMap(nameOf);
  if (scope.isNew("type", type)) return;
  if (oldValue !== undefined)
    return report({
      rule: "rename-enum-value",
      at,
      message: `RENAME VALUE breaks every query of the previous version that reads or writes '${oldValue}' of type ${show(type)}.`,
    });
  if (!inTransaction) return;
  scope.transaction.newValues.set(newValue, show(type));
  if (serverVersion < 12)
    report({
      rule: "needs-no-transaction",
      at,
      message: `ADD VALUE to type ${show(type)} fails in a transaction before Postgres 12.`,
    });
}

/** Any string equal to a value that this transaction added counts as that value. */
export function checkNewValues(statement: Node, { scope, report, at }: Context): void {
  const { newValues } = scope.transaction;
  if (newValues.size === 0) return;
  const used = new Set<string>();
  for (const [kind, fields] of nodesIn(statement)) {
    const text = kind === "A_Const" ? (fields["sval"] as { readonly sval?: string } | undefined)?.sval : undefined;
    if (text !== undefined && newValues.has(text)) used.add(text);
  }
  for (const value of used)
    report({
      rule: "enum-value-used-early",
      at,
      message: `'${value}' of type ${newValues.get(value)} cannot be used in the transaction that adds it.`,
    });
}

/** The forms of ALTER DOMAIN that remove something, by their letter in the syntax tree. */
const losses = {
  T: {
    rule: "drop-default",
    what: "DROP DEFAULT",
    effect: "makes INSERTs of the previous version write NULL, or fail",
  },
  N: {
    rule: "drop-not-null",
    what: "DROP NOT NULL",
    effect: "allows NULL, which the previous version does not expect",
  },
  X: {
    rule: "drop-constraint",
    what: "DROP CONSTRAINT",
    effect: "allows values that the previous version does not expect",
  },
} as const;

export function checkDomain(statement: AlterDomainStmt, { scope, report, at }: Context): void {
  const domain = (statement.typeName ?? []).flatMap(nameOf);
  if (scope.isNew("type", domain)) return;
  const { subtype, def } = statement;
  const loss = subtype === undefined ? undefined : losses[subtype as keyof typeof losses];
  if (loss !== undefined && (subtype !== "T" || def === undefined))
    return report({ rule: loss.rule, at, message: `${loss.what} of domain ${show(domain)} ${loss.effect}.` });
  const isValidated = def === undefined || !("Constraint" in def) || def.Constraint.skip_validation !== true;
  const what = subtype === "O" ? "SET NOT NULL" : subtype === "C" && isValidated ? "ADD CONSTRAINT" : undefined;
  if (what === undefined) return;
  const message = `${what} checks the rows of every table that uses domain ${show(domain)} while writes to it wait.`;
  report({ rule: "add-domain-constraint", at, message });
}
