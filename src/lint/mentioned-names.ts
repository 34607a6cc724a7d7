import type { Node } from "libpg-query";

/** Fields of the syntax tree that hold the name of something. */
const nameFields: ReadonlySet<string> = new Set([
  "relname",
  "schemaname",
  "idxname",
  "name",
  "conname",
  "colname",
  "subname",
  "newname",
  "newschema",
  "trigname",
  "policy_name",
  "rulename",
  "extname",
  "plname",
  "servername",
  "fdwname",
  "role",
  "rolename",
  "priv_name",
  "indexname",
]);

/** The server cuts names at 63 bytes. A longer string than this is not a name. */
const longestName = 255;

/**
 * Every name in a statement, of any kind of object. For statements that only read and write rows, only the tables and
 * schemas: the rows are skipped.
 */
export function* mentionedNames(statement: Node): Generator<string> {
  const isAboutRows = ["InsertStmt", "SelectStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt"].some(
    (kind) => kind in statement,
  );
  // SET search_path lists schemas as values.
  const hasNamesInValues = "VariableSetStmt" in statement;
  const left: unknown[] = [statement];
  while (left.length > 0) {
    const value = left.pop();
    if (Array.isArray(value)) for (const item of value as unknown[]) left.push(item);
    else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (key === "A_Const" && !hasNamesInValues) continue;
        if (typeof inner !== "string") left.push(inner);
        else if (inner.length <= longestName && (key === "sval" ? !isAboutRows : isName(key, isAboutRows))) yield inner;
      }
    }
  }
}

const isName = (field: string, isAboutRows: boolean) =>
  isAboutRows ? field === "relname" || field === "schemaname" : nameFields.has(field);
