import type { ClusterStmt, IndexStmt, Node, RefreshMatViewStmt, ReindexStmt, VacuumStmt } from "libpg-query";
import { noteLock, reportHeldLock } from "../locks.ts";
import { nameOf, nameOfRelation, show } from "../names.ts";
import type { Context } from "../problem.ts";

export function checkCreateIndex(statement: IndexStmt, context: Context): void {
  const { scope, report, at, isConditional } = context;
  const table = nameOfRelation(statement.relation);
  const index = statement.idxname ?? "";
  // An index is always in the schema of its table.
  const place = [...scope.inFull("relation", table).slice(0, -1), index];
  const { if_not_exists: ifMissing = false } = statement;
  // Only the database knows whether IF NOT EXISTS does nothing.
  if (ifMissing && scope.catalog !== undefined && !scope.isNew("relation", place)) return;
  if (index !== "") {
    scope.create("relation", place, { ifMissing: ifMissing || isConditional });
    scope.tablesOfIndexes.set(scope.identify("relation", place), table);
  }
  // ON ONLY builds nothing: the index of a partitioned table consists of its partitions' indexes.
  if (statement.concurrent === true || statement.relation?.inh !== true || scope.isNew("relation", table)) return;
  report({
    rule: "add-index",
    at,
    message: `CREATE INDEX makes writes to ${show(table)} wait until the index is built.`,
  });
  noteLock(context, table, "every write");
}

export function checkReindex(statement: ReindexStmt, { scope, report, at, serverVersion }: Context): void {
  const isConcurrent = (statement.params ?? []).some(
    (node) => "DefElem" in node && node.DefElem.defname === "concurrently",
  );
  const name = statement.relation ? nameOfRelation(statement.relation) : [statement.name ?? "the database"];
  if (isConcurrent || (statement.relation && scope.isNew("relation", name))) return;
  const message = `REINDEX makes writes to ${indexed(statement, show(name))} and queries that would use the index wait until it is built.`;
  const safeWay =
    "CREATE INDEX CONCURRENTLY under a new name, then DROP INDEX CONCURRENTLY. REINDEX … CONCURRENTLY needs Postgres 12.";
  report({ rule: "reindex", at, message, ...(serverVersion < 12 && { safeWay }) });
}

function indexed({ kind }: ReindexStmt, name: string): string {
  if (kind === "REINDEX_OBJECT_TABLE") return name;
  return kind === "REINDEX_OBJECT_INDEX" ? `the table of ${name}` : `each table of ${name}`;
}

export function checkCluster(statement: ClusterStmt, { scope, report, at }: Context): void {
  const table = nameOfRelation(statement.relation);
  if (table.length > 0 && scope.isNew("relation", table)) return;
  const where = table.length === 0 ? "each clustered table" : show(table);
  report({ rule: "rewrite-table", at, message: `CLUSTER rewrites ${where} while every query on it waits.` });
}

export function checkVacuum(statement: VacuumStmt, { report, at }: Context): void {
  const isFull = (statement.options ?? []).some(
    (node) => "DefElem" in node && node.DefElem.defname === "full" && !isOff(node.DefElem.arg),
  );
  if (!isFull || statement.is_vacuumcmd !== true) return;
  const tables = (statement.rels ?? []).flatMap((node) =>
    "VacuumRelation" in node ? [show(nameOfRelation(node.VacuumRelation.relation))] : [],
  );
  const where = tables.join(", ") || "every table";
  report({ rule: "rewrite-table", at, message: `VACUUM FULL rewrites ${where} while every query on it waits.` });
}

function isOff(value: Node | undefined): boolean {
  if (value === undefined) return false;
  return (
    ("Boolean" in value && value.Boolean.boolval !== true) ||
    ("Integer" in value && !value.Integer.ival) ||
    /^(false|off|0)$/i.test(nameOf(value)[0] ?? "")
  );
}

export function checkRefresh(statement: RefreshMatViewStmt, context: Context): void {
  const { scope, report, at } = context;
  const view = nameOfRelation(statement.relation);
  if (scope.isNew("relation", view)) return;
  if (statement.concurrent === true) return reportHeldLock(context, `REFRESH of ${show(view)}`);
  const message =
    statement.skipData === true
      ? `REFRESH … WITH NO DATA leaves ${show(view)} unreadable.`
      : `REFRESH makes every query on ${show(view)} wait until it is filled.`;
  report({ rule: "refresh-materialized-view", at, message });
}
