import type { AlterTableCmd, AlterTableStmt, AlterTableType, Constraint, Node, PartitionCmd } from "libpg-query";
import {
  checkAddColumn,
  checkColumnType,
  checkDropColumn,
  checkDropDefault,
  checkDropNotNull,
  checkSetNotNull,
  constraintsOf,
  definitionOf,
  hasDefault,
  isThereAlready,
  type ColumnCommand,
} from "./check-columns.ts";
import { checkAddConstraint, checkDropConstraint, checkValidate } from "./check-constraints.ts";
import { checkIdentity } from "./check-identity.ts";
import { checkRelationOwner } from "./check-owners.ts";
import { checkRepeated } from "./check-repeated.ts";
import { noteLock } from "../locks.ts";
import { nameOfRelation, show, type Name } from "../names.ts";
import type { Context, Problem } from "../problem.ts";
import { identifyConstraint } from "../scope.ts";

/** Commands whose lock allows reads and writes. */
const lightCommands: ReadonlySet<AlterTableType> = new Set([
  "AT_ValidateConstraint",
  "AT_SetStatistics",
  "AT_SetOptions",
  "AT_ResetOptions",
  "AT_ClusterOn",
  "AT_DropCluster",
  "AT_SetRelOptions",
  "AT_ResetRelOptions",
  "AT_AttachPartition",
]);

/** Commands whose lock allows reads. */
const triggerCommand = /^AT_(Enable|Disable)\w*(Trig|TrigAll|TrigUser)$/;

/** Commands that rewrite the table. */
const rewriting: Partial<Record<AlterTableType, string>> = {
  AT_SetTableSpace: "SET TABLESPACE",
  AT_SetLogged: "SET LOGGED",
  AT_SetUnLogged: "SET UNLOGGED",
  AT_SetAccessMethod: "SET ACCESS METHOD",
  AT_SetExpression: "SET EXPRESSION",
};

/** @param starts the start of each command, in order */
export function checkAlterTable(statement: AlterTableStmt, starts: readonly number[], context: Context): void {
  const table = nameOfRelation(statement.relation);
  const { scope, at } = context;
  if (scope.isNew("relation", table) || (statement.objtype === "OBJECT_TYPE" && scope.isNew("type", table))) return;
  const commands = (statement.cmds ?? []).flatMap((node) => ("AlterTableCmd" in node ? [node.AlterTableCmd] : []));
  const found: Problem[] = [];
  const report = (problem: Problem) => {
    found.push(problem);
    context.report(problem);
  };
  for (const [index, command] of commands.entries()) {
    // A partition of an index is an index.
    if (statement.objtype === "OBJECT_INDEX" && command.subtype === "AT_AttachPartition") continue;
    checkCommand({ table, command, at: starts[index] ?? at }, { ...context, report });
  }
  // Record the locks after the checks: a statement does not wait for its own lock.
  if (statement.objtype === "OBJECT_TYPE") return;
  for (const command of commands) noteLocksOf(table, command, context);
  const blocksQueries = commands.some(({ subtype = "AT_AddColumn" }) => blocksEveryQuery(subtype));
  checkRepeated(table, { found, blocksQueries }, context);
  scope.lastAltered = scope.identify("relation", table);
}

const blocksEveryQuery = (subtype: AlterTableType) => !lightCommands.has(subtype) && !triggerCommand.test(subtype);

function checkCommand(column: ColumnCommand, context: Context): void {
  const { table, command, at } = column;
  const check = commandChecks[command.subtype ?? "AT_AddColumn"];
  if (check === undefined) checkWholeTable(table, command, at, context);
  else check(column, context);
}

const commandChecks: Partial<Record<AlterTableType, (column: ColumnCommand, context: Context) => void>> = {
  AT_AddColumn(column, context) {
    // This check comes first: `checkAddColumn` records the column as existing.
    checkColumnConstraints(column, context);
    checkAddColumn(column, context);
  },
  AT_DropColumn: checkDropColumn,
  AT_AlterColumnType: checkColumnType,
  AT_ColumnDefault(column, context) {
    if (column.command.def === undefined) checkDropDefault(column, context);
  },
  AT_DropIdentity: checkDropDefault,
  AT_DropExpression: checkDropDefault,
  AT_DropNotNull: checkDropNotNull,
  AT_AddIdentity: checkIdentity,
  AT_SetIdentity: checkIdentity,
  AT_ChangeOwner: ({ table, command, at }, context) => checkRelationOwner(table, command.newowner, at, context),
  AT_DropConstraint: ({ table, command, at }, context) => checkDropConstraint(table, command.name ?? "", at, context),
  AT_SetNotNull: ({ table, command, at }, context) => checkSetNotNull(table, command.name ?? "", at, context),
  AT_AddConstraint({ table, command: { def }, at }, context) {
    if (def !== undefined && "Constraint" in def) checkAddConstraint(table, def.Constraint, at, context);
  },
  AT_ValidateConstraint: ({ table, command, at }, context) => checkValidate(table, command.name ?? "", at, context),
};

/** A new column without a default is NULL in every row, so a foreign key needs no scan. A CHECK scans every row. */
function checkColumnConstraints({ table, command, at }: ColumnCommand, context: Context): void {
  const column = definitionOf(command);
  if (isThereAlready(table, command, context)) return;
  for (const constraint of column === undefined ? [] : constraintsOf(column)) {
    const isFulfilled =
      constraint.contype === "CONSTR_NOTNULL" || (constraint.contype === "CONSTR_FOREIGN" && !hasDefault(column));
    if (!isFulfilled) checkAddConstraint(table, constraint, at, context);
  }
}

function checkWholeTable(table: Name, command: AlterTableCmd, at: number, context: Context): void {
  const { report, withdraw, inTransaction } = context;
  const { subtype = "AT_AddColumn", def } = command;
  const where = show(table);
  const rewrite = rewriting[subtype];
  if (rewrite !== undefined)
    report({ rule: "rewrite-table", at, message: `${rewrite} rewrites ${where} while every query on it waits.` });
  if (/^AT_Disable(Trig|Rule)/.test(subtype))
    report({
      rule: "disable-trigger",
      at,
      message: `Writes of the previous version to ${where} no longer run ${command.name ?? "its triggers"}.`,
      ...(inTransaction && { unlessMade: enabling(table, command, context) }),
    });
  if (/^AT_Enable(Always|Replica)?(Trig|Rule)/.test(subtype)) withdraw(enabling(table, command, context));
  if (subtype === "AT_EnableRowSecurity" || subtype === "AT_ForceRowSecurity")
    report({
      rule: "enable-row-security",
      at,
      message: `Row level security hides rows of ${where} from the previous version, or refuses its writes.`,
    });
  if (subtype === "AT_DetachPartition" && def !== undefined && "PartitionCmd" in def)
    checkDetach(table, def.PartitionCmd, at, context);
  if (subtype === "AT_AttachPartition" && def !== undefined && "PartitionCmd" in def)
    checkAttach(def.PartitionCmd, at, context);
}

/** Postgres scans the rows unless a valid CHECK proves that they fit. Any valid CHECK passes: the linter cannot compare them. */
function checkAttach({ name }: PartitionCmd, at: number, { scope, report }: Context): void {
  const part = nameOfRelation(name);
  if (scope.isNew("relation", part)) return;
  const known = scope.catalog?.relation(scope.originOf("relation", part))?.constraints ?? [];
  const isProven =
    known.some(({ type, isValid }) => type === "c" && isValid) ||
    [...scope.validated].some((check) => check.startsWith(identifyConstraint(scope, part, "")));
  if (isProven) return;
  const message = `ATTACH PARTITION checks all rows of ${show(part)} while every query on it waits.`;
  report({ rule: "attach-partition", at, message });
}

function checkDetach(table: Name, { concurrent = false, name }: PartitionCmd, at: number, context: Context): void {
  const { scope, report, inTransaction, serverVersion } = context;
  const part = nameOfRelation(name);
  if (concurrent && inTransaction)
    report({
      rule: "needs-no-transaction",
      at,
      message: `DETACH PARTITION ${show(part)} CONCURRENTLY fails in a transaction.`,
    });
  if (!concurrent && !scope.isNew("relation", part))
    report({
      rule: "detach-partition",
      at,
      message: `DETACH PARTITION makes every new query on ${show(table)} wait until the running ones have ended.`,
      ...(serverVersion < 14 && { safeWay: "Run it when traffic is low: CONCURRENTLY needs Postgres 14." }),
    });
}

/** A key that pairs a DISABLE command with its ENABLE. */
function enabling(table: Name, { subtype = "AT_EnableTrig", name = "" }: AlterTableCmd, { scope }: Context): string {
  const kind = subtype.replace(/^AT_(Enable|Disable)(Always|Replica)?/, "");
  return `enable ${kind} ${name} ${scope.identify("relation", table)}`;
}

function noteLocksOf(table: Name, { subtype = "AT_AddColumn", def }: AlterTableCmd, context: Context): void {
  if (lightCommands.has(subtype)) return;
  if (def !== undefined && "PartitionCmd" in def && def.PartitionCmd.concurrent === true) return;
  if (triggerCommand.test(subtype)) return noteLock(context, table, "every write");
  const foreignKeys = constraintsIn(def).filter(({ contype }) => contype === "CONSTR_FOREIGN");
  for (const { pktable } of foreignKeys) noteLock(context, nameOfRelation(pktable), "every write");
  const isForeignKey = subtype === "AT_AddConstraint" && foreignKeys.length > 0;
  noteLock(context, table, isForeignKey ? "every write" : "every query");
}

function constraintsIn(def: Node | undefined): readonly Constraint[] {
  if (def === undefined) return [];
  if ("Constraint" in def) return [def.Constraint];
  return "ColumnDef" in def ? constraintsOf(def.ColumnDef) : [];
}
