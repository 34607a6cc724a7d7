import type { ColumnCommand } from "./check-columns.ts";
import { nodesIn, show } from "../names.ts";
import type { Context } from "../problem.ts";

/** ADD GENERATED … AS IDENTITY, and SET GENERATED. BY DEFAULT accepts values from the app. */
export function checkIdentity({ table, command, at }: ColumnCommand, { scope, report }: Context): void {
  const column = [...table, command.name ?? ""];
  if (scope.isNew("column", column) || !isAlways(command.def)) return;
  report({
    rule: "add-identity-always",
    at,
    message: `GENERATED ALWAYS refuses every INSERT and UPDATE of the previous version that writes ${show(column)}.`,
  });
}

/** Whether it says ALWAYS: a letter in a constraint's field, or its character code in an option. */
function isAlways(definition: unknown): boolean {
  for (const [kind, fields] of nodesIn(definition)) {
    if (kind === "Constraint" && fields["generated_when"] === "a") return true;
    const { arg } = fields as { readonly arg?: { readonly Integer?: { readonly ival?: number } } };
    if (kind === "DefElem" && fields["defname"] === "generated" && arg?.Integer?.ival === "a".codePointAt(0))
      return true;
  }
  return false;
}
