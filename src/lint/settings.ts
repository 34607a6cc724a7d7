import type { Node } from "libpg-query";
import { nameOf, nodesIn } from "./names.ts";
import { parseSearchPath } from "./catalog/search-path.ts";

/** A run-time setting that a statement changes. */
export interface Setting {
  /** In lower case. `all` for RESET ALL. */
  readonly name: string;
  /** The parts of the value as written. `default` for DEFAULT and RESET, `unknown` for a computed value. */
  readonly value: readonly string[] | "default" | "unknown";
}

/** The settings that SET, RESET and set_config() in a statement change, in the order of the text. */
export function settingsIn(statement: Node): readonly Setting[] {
  if ("VariableSetStmt" in statement) {
    const { kind, name = "all", args = [] } = statement.VariableSetStmt;
    if (kind === "VAR_SET_VALUE") return [{ name: name.toLowerCase(), value: args.map(textOf) }];
    const isReset = kind === "VAR_SET_DEFAULT" || kind === "VAR_RESET" || kind === "VAR_RESET_ALL";
    return isReset ? [{ name: name.toLowerCase(), value: "default" }] : [];
  }
  if ("DiscardStmt" in statement)
    return statement.DiscardStmt.target === "DISCARD_ALL" ? [{ name: "all", value: "default" }] : [];
  if (!("SelectStmt" in statement)) return [];
  return [...nodesIn(statement)].flatMap(([kind, fields]): readonly Setting[] => {
    if (kind !== "FuncCall") return [];
    const called = ((fields["funcname"] ?? []) as readonly Node[]).flatMap(nameOf);
    if (called.at(-1) !== "set_config") return [];
    const [name, value] = (fields["args"] ?? []) as readonly Node[];
    if (name === undefined || !("A_Const" in name)) return [{ name: "all", value: "unknown" }];
    const isKnown = value !== undefined && "A_Const" in value;
    const setting = textOf(name).toLowerCase();
    if (!isKnown) return [{ name: setting, value: "unknown" }];
    // set_config() takes the whole list as one string.
    return [{ name: setting, value: setting === "search_path" ? parseSearchPath(textOf(value)) : [textOf(value)] }];
  });
}

/** The text of a constant: `5s`, `0`, `-1`, `1.5`. */
function textOf(node: Node): string {
  if (!("A_Const" in node)) return "";
  const { sval, ival, fval, boolval } = node.A_Const;
  if (ival !== undefined) return String(ival.ival ?? 0);
  return sval?.sval ?? fval?.fval ?? String(boolval?.boolval ?? "");
}
