import type { Name } from "./names.ts";

/**
 * Kinds of objects whose making and dropping a scope follows. How their names are made up: in a schema (`orders` or
 * `public.orders`), on a table (the table's name and then their own), or of one part for the whole database.
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

/** One text for an object, by its name in full. */
export const nameOfKind = (kind: ObjectKind, name: Name) => `${kind} ${name.join("\0")}`;
