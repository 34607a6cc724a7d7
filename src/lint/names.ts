import type { Node, RangeVar } from "libpg-query";

/** The parts of a name, without quotes. The object's own name comes last: `["public", "orders"]`. */
export type Name = readonly string[];

export function nameOfRelation(relation: RangeVar | undefined): Name {
  return [relation?.schemaname, relation?.relname].filter((part) => part !== undefined);
}

/** Reads a name from any of the forms that the syntax tree uses. */
export function nameOf(node: Node | undefined): Name {
  if (node === undefined) return [];
  if ("String" in node) return [node.String.sval ?? ""];
  // A large object has a number instead of a name.
  if ("Integer" in node) return [String(node.Integer.ival ?? 0)];
  if ("Float" in node) return [node.Float.fval ?? ""];
  if ("List" in node) return (node.List.items ?? []).flatMap(nameOf);
  if ("TypeName" in node) return (node.TypeName.names ?? []).flatMap(nameOf);
  if ("ObjectWithArgs" in node) return (node.ObjectWithArgs.objname ?? []).flatMap(nameOf);
  if ("RangeVar" in node) return nameOfRelation(node.RangeVar);
  return [];
}

export const show = (name: Name) => name.join(".");

/** Every node in a tree, itself included, as [kind, fields]. */
export function* nodesIn(tree: unknown): Generator<readonly [string, Readonly<Record<string, unknown>>]> {
  const left = [tree];
  while (left.length > 0) {
    const value = left.pop();
    if (Array.isArray(value)) for (const item of value as unknown[]) left.push(item);
    else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (/^[A-Z]/.test(key)) yield [key, inner as Readonly<Record<string, unknown>>];
        left.push(inner);
      }
    }
  }
}
