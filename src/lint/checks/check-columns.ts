import type { AlterTableCmd, ColumnDef, Constraint, Node } from "libpg-query";
import { isSafeTypeChange, typeNameOf } from "../column-types.ts";
import { volatilePart } from "../defaults.ts";
import { nodesIn, show, type Name } from "../names.ts";
import type { Context } from "../problem.ts";
import { identifyConstraint, type Scope } from "../scope.ts";

const serialType = /^(small|big)?serial[248]?$/;

/** An ALTER TABLE command on a column of a table in use. */
export interface ColumnCommand {
  readonly table: Name;
  readonly command: AlterTableCmd;
  /** The start of the command in the migration. */
  readonly at: number;
}

export function checkAddColumn({ table, command, at }: ColumnCommand, context: Context): void {
  const { scope, report, serverVersion, isConditional } = context;
  const column = definitionOf(command);
  if (column === undefined || isThereAlready(table, command, context)) return;
  const name = column.colname ?? "";
  const place = [...table, name];
  const isRequired = constraintsOf(column).some(
    ({ contype }) => contype === "CONSTR_NOTNULL" || contype === "CONSTR_PRIMARY",
  );
  const rewriting = rewritingPart(column, scope, serverVersion);
  if (rewriting !== undefined)
    report({
      rule: "add-column-rewrite",
      at,
      message: `ADD COLUMN ${name} with ${rewriting} rewrites ${show(table)} while every query on it waits.`,
    });
  else if (isRequired && !hasDefault(column) && !isGenerated(column))
    report({
      rule: "add-required-column",
      at,
      message: `INSERTs of the previous version into ${show(table)} fail, because ${show(place)} may not be NULL and has no default.`,
    });
  const { name: type, isArray } = typeNameOf(column.typeName);
  if (type === "json" && !isArray)
    report({
      rule: "add-json-column",
      at,
      message: `SELECT DISTINCT over all columns of ${show(table)} fails, because json values such as ${show(place)} cannot be compared.`,
    });
  scope.create("column", place, { ifMissing: command.missing_ok === true || isConditional });
  if (isRequired) scope.requiredColumns.add(scope.identify("column", place));
}

/** Whether ADD COLUMN IF NOT EXISTS does nothing. Only the database knows. */
export function isThereAlready(table: Name, command: AlterTableCmd, { scope }: Context): boolean {
  const name = definitionOf(command)?.colname ?? "";
  return command.missing_ok === true && scope.catalog !== undefined && !scope.isNew("column", [...table, name]);
}

/** Names the part of the definition that makes Postgres rewrite every row. */
function rewritingPart(column: ColumnDef, scope: Scope, serverVersion: number): string | undefined {
  const type = typeNameOf(column.typeName).name;
  if (serialType.test(type)) return `type ${type}`;
  for (const { contype, generated_kind: kind, raw_expr: value } of constraintsOf(column)) {
    if (contype === "CONSTR_IDENTITY") return "GENERATED AS IDENTITY";
    if (contype === "CONSTR_GENERATED" && kind !== "v") return "GENERATED … STORED";
    const part = contype === "CONSTR_DEFAULT" ? volatilePart(value, scope) : undefined;
    if (part !== undefined) return `the volatile default ${part}`;
  }
  return hasDefault(column) && serverVersion < 11 ? `a default, in Postgres ${serverVersion},` : undefined;
}

export function checkColumnType({ table, command, at }: ColumnCommand, { scope, report }: Context): void {
  const name = command.name ?? "";
  const column = definitionOf(command);
  const target = typeNameOf(column?.typeName);
  if (column === undefined) return;
  const keepsValue = column.collClause === undefined && isPlainCast(column, name);
  report({
    rule: "change-column-type",
    at,
    message: `TYPE ${target.text} rewrites ${show(table)} while every query on it waits. The previous version sees the new type in ${name}.`,
    ...(keepsValue && {
      unlessColumn: { ...originOf(table, name, scope), isHarmless: ({ type }) => isSafeTypeChange(type, target) },
    }),
  });
}

/** The column's name in the database, before this upgrade. */
function originOf(table: Name, column: string, scope: Scope): { readonly table: Name; readonly column: string } {
  const origin = scope.originOf("column", [...table, column]);
  return { table: origin.slice(0, -1), column: origin.at(-1) ?? "" };
}

/** `USING name` and `USING name::type` change nothing. */
function isPlainCast({ raw_default: using, typeName }: ColumnDef, name: string): boolean {
  if (using === undefined) return true;
  const inner =
    "TypeCast" in using && typeNameOf(using.TypeCast.typeName).text === typeNameOf(typeName).text
      ? using.TypeCast.arg
      : using;
  return (
    inner !== undefined &&
    "ColumnRef" in inner &&
    [...nodesIn(inner)].every(([kind, { sval }]) => kind !== "String" || sval === name)
  );
}

/** Postgres skips the scan if a validated CHECK proves that there is no NULL. */
export function checkSetNotNull(table: Name, column: string, at: number, context: Context): void {
  const { scope, report, serverVersion } = context;
  const usesChecks = serverVersion >= 12;
  const place = scope.identify("column", [...table, column]);
  scope.setNotNull.add(place);
  const validated = [...scope.validated].filter((check) => check.startsWith(identifyConstraint(scope, table, "")));
  if (usesChecks && validated.some((check) => scope.notNullChecks.get(check) === place)) return;
  const safeWay = safeWayToNotNull(column, serverVersion);
  report({
    rule: "set-not-null",
    at,
    message: `SET NOT NULL on ${column} checks all rows of ${show(table)} while every query on it waits. A previous version that writes NULL fails.`,
    ...(safeWay !== undefined && { safeWay }),
    unlessColumn: {
      ...originOf(table, column, scope),
      isHarmless: ({ isNotNull, notNullChecks }) =>
        isNotNull ||
        (usesChecks &&
          notNullChecks.some(
            ({ name, isValid }) => isValid || validated.includes(identifyConstraint(scope, table, name)),
          )),
      // The upgrade validated a constraint that it did not add: most likely this CHECK.
      isHarmlessIfUnknown: usesChecks && validated.some((check) => !scope.notNullChecks.has(check)),
    },
  });
}

function safeWayToNotNull(column: string, serverVersion: number): string | undefined {
  if (serverVersion >= 18)
    return `In one migration: ADD CONSTRAINT … NOT NULL ${column} NOT VALID. In the next: VALIDATE CONSTRAINT.`;
  if (serverVersion < 12)
    return `ADD CONSTRAINT … CHECK (${column} IS NOT NULL) NOT VALID. VALIDATE CONSTRAINT in a later migration. Do not add SET NOT NULL: before Postgres 12, it always checks all rows.`;
  return undefined;
}

export function checkDropNotNull({ table, command, at }: ColumnCommand, { scope, report }: Context): void {
  const column = [...table, command.name ?? ""];
  if (scope.isNew("column", column)) return;
  report({
    rule: "drop-not-null",
    at,
    message: `After DROP NOT NULL, the previous version may read NULL from ${show(column)}.`,
  });
}

const droppedDefaults = {
  AT_ColumnDefault: "DROP DEFAULT",
  AT_DropIdentity: "DROP IDENTITY",
  AT_DropExpression: "DROP EXPRESSION",
} as const;

export function checkDropDefault({ table, command, at }: ColumnCommand, { scope, report }: Context): void {
  const name = command.name ?? "";
  const place = scope.identify("column", [...table, name]);
  const isNew = scope.isNew("column", [...table, name]);
  // A new column may have a default only to fill its rows. Without it, INSERTs of the previous version have no value.
  if (isNew && !scope.requiredColumns.has(place)) return;
  const what = droppedDefaults[command.subtype as keyof typeof droppedDefaults];
  report({
    rule: "drop-default",
    at,
    message: `${what} makes INSERTs of the previous version into ${show(table)} write NULL to ${name}, or fail.`,
    ...(isNew && { safeWay: "Keep the default until every version writes the column." }),
  });
}

export function checkDropColumn({ table, command, at }: ColumnCommand, context: Context): void {
  const { scope, report, isConditional } = context;
  const column = [...table, command.name ?? ""];
  const isNew = scope.isNew("column", column);
  if (!isConditional) scope.drop("column", column);
  if (isNew) return;
  report({
    rule: "drop-column",
    at,
    message: `DROP COLUMN breaks every query of the previous version that uses ${show(column)}.`,
  });
}

/** Whether existing rows get a value. */
export function hasDefault(column: ColumnDef | undefined): boolean {
  const value = column && constraintsOf(column).find(({ contype }) => contype === "CONSTR_DEFAULT")?.raw_expr;
  return value !== undefined && !isNull(value);
}

export function definitionOf({ def }: AlterTableCmd): ColumnDef | undefined {
  return def !== undefined && "ColumnDef" in def ? def.ColumnDef : undefined;
}

export function constraintsOf(column: ColumnDef): readonly Constraint[] {
  return (column.constraints ?? []).flatMap((node) => ("Constraint" in node ? [node.Constraint] : []));
}

const isGenerated = (column: ColumnDef) =>
  constraintsOf(column).some(({ contype }) => contype === "CONSTR_GENERATED" || contype === "CONSTR_IDENTITY");

function isNull(value: Node): boolean {
  if ("TypeCast" in value) return value.TypeCast.arg !== undefined && isNull(value.TypeCast.arg);
  return "A_Const" in value && value.A_Const.isnull === true;
}
