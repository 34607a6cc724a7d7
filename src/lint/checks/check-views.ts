import type { Node, ViewStmt } from "libpg-query";
import { nameOf, nameOfRelation, show } from "../names.ts";
import type { Context } from "../problem.ts";

/** Checks a view that is replaced, or that replaces a table or view that was dropped, renamed or moved before. */
export function checkCreateView({ view, query, aliases = [], replace = false }: ViewStmt, context: Context): void {
  const { scope, report, withdraw, at } = context;
  const name = nameOfRelation(view);
  const place = scope.identify("relation", name);
  const isReplaced = replace && !scope.isNew("relation", name);
  // The previous version knows the object as it was before this upgrade.
  const old = scope.catalog?.relation(scope.inFull("relation", name))?.columns;
  const columns = columnsOf(query, aliases.flatMap(nameOf));
  const hadPlace = withdraw(place);
  if (old === undefined || columns === undefined) return;
  if (isReplaced) {
    const index = old.findIndex((column, at) => column !== columns[at]);
    if (index === -1) return;
    const message = `OR REPLACE of ${show(name)} fails: its column ${index + 1} is ${old[index]}, and would be ${columns[index] ?? "missing"}.`;
    return report({ rule: "replace-refused", at, message });
  }
  const lost = old.filter((column) => !columns.includes(column));
  if (hadPlace && lost.length > 0)
    report({
      rule: "view-loses-columns",
      at,
      message: `The new ${show(name)} lacks ${lost.join(", ")}: queries of the previous version that use it fail.`,
    });
}

/** The names of a query's columns. Undefined if they depend on more than its text. */
function columnsOf(query: Node | undefined, aliases: readonly string[]): readonly string[] | undefined {
  if (query === undefined || !("SelectStmt" in query)) return undefined;
  const { larg, targetList = [], valuesLists: [firstRow] = [] } = query.SelectStmt;
  if (larg !== undefined) return columnsOf({ SelectStmt: larg }, aliases);
  if (firstRow !== undefined && "List" in firstRow)
    return (firstRow.List.items ?? []).map((_, index) => aliases[index] ?? `column${index + 1}`);
  const names = targetList.map((node, index) => {
    if (aliases[index] !== undefined) return aliases[index];
    return "ResTarget" in node ? (node.ResTarget.name ?? nameOfValue(node.ResTarget.val)) : undefined;
  });
  return names.every((name) => name !== undefined) ? names : undefined;
}

/** The name that Postgres gives a column without an alias. Undefined for `*` and rare expressions. */
function nameOfValue(value: Node | undefined): string | undefined {
  if (value === undefined) return undefined;
  if ("ColumnRef" in value) {
    const last = (value.ColumnRef.fields ?? []).at(-1);
    return last !== undefined && "String" in last ? last.String.sval : undefined;
  }
  if ("FuncCall" in value) return (value.FuncCall.funcname ?? []).flatMap(nameOf).at(-1);
  if ("CoalesceExpr" in value) return "coalesce";
  if ("A_Const" in value || "A_Expr" in value) return "?column?";
  return undefined;
}
