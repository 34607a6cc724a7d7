import type { Node } from "libpg-query";
import { checkAlterTable } from "./checks/check-alter-table.ts";
import { checkCluster, checkCreateIndex, checkRefresh, checkReindex, checkVacuum } from "./checks/check-indexes.ts";
import { checkDrop, checkRename, checkSetSchema } from "./checks/check-objects.ts";
import { checkOwner, checkReassign } from "./checks/check-owners.ts";
import { checkAlterPolicy, checkCreatePolicy, checkRule } from "./checks/check-policies.ts";
import { checkRevoke } from "./checks/check-rights.ts";
import { checkAlterGroup, checkDropRole, checkRevokeRole, reportDrop } from "./checks/check-roles.ts";
import { checkCreateRoutine } from "./checks/check-routines.ts";
import { checkInsert, checkLock, checkTruncate, checkWrite, readsRows } from "./checks/check-rows.ts";
import { checkLockTimeout } from "./checks/check-settings.ts";
import { checkTransactionNeeds } from "./checks/check-transaction.ts";
import { checkDomain, checkEnum, checkNewValues } from "./checks/check-types.ts";
import { checkCreateView } from "./checks/check-views.ts";
import { reportHeldLock } from "./locks.ts";
import { nameOfRelation, show } from "./names.ts";
import type { Context } from "./problem.ts";
import { recordMade } from "./record.ts";
import type { Scope } from "./scope.ts";
import { settingsIn, type Setting } from "./settings.ts";

/** Reports the effects of one statement on others, and records the objects that it creates and locks. */
export function checkStatement({ node: statement, text, commandStarts }: Checked, context: Context): void {
  checkTransactionNeeds(statement, context);
  checkNewValues(statement, context);
  checkEffect(statement, commandStarts, context);
  checkReplacement(statement, context);
  recordMade(statement, context);
  const { scope } = context;
  if (!("AlterTableStmt" in statement)) scope.lastAltered = undefined;
  for (const setting of settingsIn(statement)) {
    followRole(setting, scope);
    followSearchPath(setting, scope);
    checkLockTimeout(setting, text, context);
  }
}

/** A statement, and details that its tree does not have. */
export interface Checked {
  readonly node: Node;
  readonly text: string;
  /** Where each command of an ALTER TABLE begins. */
  readonly commandStarts: () => readonly number[];
}

/** Checks statements that may replace an object that was dropped or renamed just before. */
function checkReplacement(statement: Node, context: Context): void {
  if ("ViewStmt" in statement) checkCreateView(statement.ViewStmt, context);
  else if ("CreateFunctionStmt" in statement) checkCreateRoutine(statement.CreateFunctionStmt, context);
  else if ("RuleStmt" in statement) checkRule(statement.RuleStmt, context);
  else if ("CreatePolicyStmt" in statement) checkCreatePolicy(statement.CreatePolicyStmt, context);
  else if ("AlterPolicyStmt" in statement) checkAlterPolicy(statement.AlterPolicyStmt, context);
}

function followRole({ name, value }: Setting, scope: Scope): void {
  if (!["all", "role", "session_authorization"].includes(name)) return;
  const isReset = value === "default" || (name === "role" && value[0] === "none");
  scope.currentRole = isReset ? scope.catalog?.role : value === "unknown" ? undefined : value[0];
}

function followSearchPath({ name, value }: Setting, scope: Scope): void {
  if (name !== "all" && name !== "search_path") return;
  if (value === "default") scope.resetSearchPath();
  else scope.setSearchPath(value === "unknown" ? undefined : value);
}

function checkEffect(statement: Node, commandStarts: () => readonly number[], context: Context): void {
  if ("AlterTableStmt" in statement) checkAlterTable(statement.AlterTableStmt, commandStarts(), context);
  else if ("DropStmt" in statement) checkDrop(statement.DropStmt, context);
  else if ("RenameStmt" in statement) checkRename(statement.RenameStmt, context);
  else if ("AlterObjectSchemaStmt" in statement) checkSetSchema(statement.AlterObjectSchemaStmt, context);
  else if ("IndexStmt" in statement) checkCreateIndex(statement.IndexStmt, context);
  else if ("ReindexStmt" in statement) checkReindex(statement.ReindexStmt, context);
  else if ("ClusterStmt" in statement) checkCluster(statement.ClusterStmt, context);
  else if ("VacuumStmt" in statement) checkVacuum(statement.VacuumStmt, context);
  else if ("RefreshMatViewStmt" in statement) checkRefresh(statement.RefreshMatViewStmt, context);
  else if ("UpdateStmt" in statement) checkWrite("UPDATE", statement.UpdateStmt, context);
  else if ("DeleteStmt" in statement) checkWrite("DELETE", statement.DeleteStmt, context);
  else if ("InsertStmt" in statement) checkInsert(statement.InsertStmt, context);
  else if ("TruncateStmt" in statement) checkTruncate(statement.TruncateStmt, context);
  else if ("LockStmt" in statement) checkLock(statement.LockStmt, context);
  else if ("AlterEnumStmt" in statement) checkEnum(statement.AlterEnumStmt, context);
  else if ("AlterDomainStmt" in statement) checkDomain(statement.AlterDomainStmt, context);
  else if ("GrantStmt" in statement) checkRevoke(statement.GrantStmt, context);
  else if ("GrantRoleStmt" in statement) checkRevokeRole(statement.GrantRoleStmt, context);
  else if ("AlterOwnerStmt" in statement) checkOwner(statement.AlterOwnerStmt, context);
  else if ("ReassignOwnedStmt" in statement) checkReassign(statement.ReassignOwnedStmt, context);
  else checkOther(statement, context);
}

function checkOther(statement: Node, context: Context): void {
  const { report, at } = context;
  const copy = (what: string, query: Node | undefined, relation: readonly string[]) => {
    if (query !== undefined && readsRows(query, context)) reportHeldLock(context, `${what} ${show(relation)}`);
  };
  if ("DropdbStmt" in statement) reportDrop(`database ${statement.DropdbStmt.dbname}`, context);
  else if ("AlterRoleStmt" in statement) checkAlterGroup(statement.AlterRoleStmt, context);
  else if ("AlterTableMoveAllStmt" in statement)
    report({
      rule: "rewrite-table",
      at,
      message: `SET TABLESPACE rewrites every ${statement.AlterTableMoveAllStmt.objtype === "OBJECT_INDEX" ? "index" : "table"} of tablespace ${statement.AlterTableMoveAllStmt.orig_tablespacename} while every query on it waits.`,
    });
  else if ("CreateTableAsStmt" in statement) {
    const { query, into } = statement.CreateTableAsStmt;
    if (into?.skipData !== true) copy("CREATE … AS for", query, nameOfRelation(into?.rel));
  } else if ("SelectStmt" in statement && statement.SelectStmt.intoClause !== undefined)
    copy("SELECT INTO", statement, nameOfRelation(statement.SelectStmt.intoClause.rel));
  else checkDropRole(statement, context);
}
