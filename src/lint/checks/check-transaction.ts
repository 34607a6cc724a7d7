import type { Node } from "libpg-query";
import { nameOf, nameOfRelation, show } from "../names.ts";
import type { Context } from "../problem.ts";

/** Reports statements that Postgres refuses in a transaction. DETACH PARTITION and ALTER TYPE have separate checks. */
export function checkTransactionNeeds(statement: Node, { scope, inTransaction, report, at }: Context): void {
  if (!inTransaction) return;
  const what = describeLoner(statement);
  if (what === undefined) return;
  const isOnNewTable =
    "IndexStmt" in statement && scope.isNew("relation", nameOfRelation(statement.IndexStmt.relation));
  report({
    rule: "needs-no-transaction",
    at,
    message: `${what} fails in a transaction.`,
    ...(isOnNewTable && { safeWay: "Leave out CONCURRENTLY: no query waits for a new table." }),
  });
}

/** Names a statement that cannot run in a transaction. Undefined for all others. */
function describeLoner(statement: Node): string | undefined {
  if ("IndexStmt" in statement && statement.IndexStmt.concurrent === true)
    return `CREATE INDEX CONCURRENTLY on ${show(nameOfRelation(statement.IndexStmt.relation))}`;
  if ("DropStmt" in statement && statement.DropStmt.concurrent === true)
    return `DROP INDEX CONCURRENTLY ${(statement.DropStmt.objects ?? []).map((object) => show(nameOf(object))).join(", ")}`;
  if ("ReindexStmt" in statement) {
    const { kind, relation, name = "", params = [] } = statement.ReindexStmt;
    const isConcurrent = params.some((node) => "DefElem" in node && node.DefElem.defname === "concurrently");
    if (isConcurrent) return `REINDEX CONCURRENTLY of ${relation ? show(nameOfRelation(relation)) : name}`;
    const isWide = kind !== "REINDEX_OBJECT_INDEX" && kind !== "REINDEX_OBJECT_TABLE";
    return isWide ? `REINDEX ${(kind ?? "").replace("REINDEX_OBJECT_", "")} ${name}` : undefined;
  }
  if ("VacuumStmt" in statement && statement.VacuumStmt.is_vacuumcmd === true) return "VACUUM";
  if ("ClusterStmt" in statement && statement.ClusterStmt.relation === undefined) return "CLUSTER of all tables";
  const found = Object.entries(loners).find(([kind]) => kind in statement);
  return found?.[1];
}

const loners = {
  CreatedbStmt: "CREATE DATABASE",
  DropdbStmt: "DROP DATABASE",
  CreateTableSpaceStmt: "CREATE TABLESPACE",
  DropTableSpaceStmt: "DROP TABLESPACE",
  AlterSystemStmt: "ALTER SYSTEM",
} as const;
