import type { Name } from "./names.ts";

/**
 * The kinds of objects that a scope tracks, and the form of their names: in a schema (`orders` or `public.orders`), on
 * a table (the table's name, then their own), or one part for the whole database.
 */
const places = {
  relation: "schema",
  type: "schema",
  routine: "schema",
  collation: "schema",
  statistics: "schema",
  column: "table",
  constraint: "table",
  trigger: "table",
  policy: "table",
  rule: "table",
  schema: "database",
  extension: "database",
  language: "database",
  server: "database",
  wrapper: "database",
  role: "database",
} as const;

export type ObjectKind = keyof typeof places;

export const placeOfKind = (kind: ObjectKind): "schema" | "table" | "database" => places[kind];

/** A key for an object, from its full name. */
export const nameOfKind = (kind: ObjectKind, name: Name) => `${kind} ${name.join("\0")}`;
