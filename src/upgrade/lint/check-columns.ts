import type { AlterTableCmd, ColumnDef, Constraint, Node } from "libpg-query";
import { isSafeTypeChange, typeNameOf } from "./column-types.ts";
import { volatilePart } from "./defaults.ts";
import { nodesIn, show, type Name } from "./names.ts";
import type { Context } from "./problem.ts";
import { identifyConstraint, type Scope } from "./scope.ts";

const serialType = /^(small|big)?serial[248]?$/;

/** A command of ALTER TABLE that is about a column of a table that others use. */
export interface ColumnCommand {
  readonly table: Name;
  readonly command: AlterTableCmd;
  /** Where the command begins. */
  readonly at: number;
}

export function checkAddColumn({ table, command, at }: ColumnCommand, context: Context): void {
  const { scope, report, serverVersion } = context;
  const column = definitionOf(command);
  if (column === undefined) return;
  const name = column.colname ?? "";
  const constraints = constraintsOf(column);
  const has = (type: Constraint["contype"]) => constraints.some(({ contype }) => contype === type);
  const type = typeNameOf(column.typeName);
  const value = constraints.find(({ contype }) => contype === "CONSTR_DEFAULT")?.raw_expr;
  const filled = fillOf(column, type, scope);
  const where = `${show([...table, name])}`;

  if (filled !== undefined)
    report({
      rule: "add-column-rewrite",
      at,
      message: `ADD COLUMN ${name} with ${filled} rewrites ${show(table)} while every query of it waits.`,
    });
  else if (value !== undefined && !isNull(value) && serverVersion < 11)
    report({
      rule: "add-column-rewrite",
      at,
      message: `ADD COLUMN ${name} with a default rewrites ${show(table)} while every query of it waits, as Postgres ${serverVersion} does for any default.`,
    });
  else if (
    (has("CONSTR_NOTNULL") || has("CONSTR_PRIMARY")) &&
    (value === undefined || isNull(value)) &&
    !isGenerated(constraints)
  )
    report({
      rule: "add-required-column",
      at,
      message: `INSERTs of the previous version into ${show(table)} fail, because ${where} may not be NULL and has no default.`,
    });
  if (type.name === "json" && !type.isArray)
    report({
      rule: "add-json-column",
      at,
      message: `SELECT DISTINCT over all columns of ${show(table)} fails, because json values such as ${where} cannot be compared.`,
    });
  const nullable = !has("CONSTR_NOTNULL") && !has("CONSTR_PRIMARY");
  scope.add("column", [...table, name]);
  if (!nullable) scope.requiredColumns.add(scope.identify("column", [...table, name]));
}

/** What has to be written into every row at once, in words. */
function fillOf(column: ColumnDef, type: { readonly name: string }, scope: Scope): string | undefined {
  if (serialType.test(type.name)) return `type ${type.name}`;
  for (const { contype, generated_kind: kind, raw_expr: value } of constraintsOf(column)) {
    if (contype === "CONSTR_IDENTITY") return "GENERATED AS IDENTITY";
    if (contype === "CONSTR_GENERATED" && kind !== "v") return "GENERATED … STORED";
    const part = contype === "CONSTR_DEFAULT" ? volatilePart(value, scope) : undefined;
    if (part !== undefined) return `the volatile default ${part}`;
  }
  return undefined;
}

export function checkColumnType({ table, command, at }: ColumnCommand, { report }: Context): void {
  const name = command.name ?? "";
  const column = definitionOf(command);
  const target = typeNameOf(column?.typeName);
  if (column === undefined) return;
  const keepsValue = column.collClause === undefined && isPlainCast(column, name);
  report({
    rule: "change-column-type",
    at,
    message: `TYPE ${target.text} rewrites ${show(table)} while every query of it waits, and the previous version meets the new type in ${name}.`,
    ...(keepsValue && {
      unlessColumn: { table, column: name, isHarmless: ({ type }) => isSafeTypeChange(type, target) },
    }),
  });
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

export function checkSetNotNull(
  table: Name,
  column: string,
  at: number,
  { scope, report, serverVersion }: Context,
): void {
  const isProven = (facts: readonly { readonly name: string; readonly isValid: boolean }[]) =>
    facts.some(({ name, isValid }) => isValid || scope.validated.has(identifyConstraint(scope, table, name)));
  const place = scope.identify("column", [...table, column]);
  const ownChecks = [...scope.notNullChecks].filter(([, of]) => of === place).map(([check]) => check);
  if (serverVersion >= 12 && ownChecks.some((check) => scope.validated.has(check))) return;
  report({
    rule: "set-not-null",
    at,
    message: `SET NOT NULL on ${column} checks all rows of ${show(table)} while every query of it waits, and a previous version that writes NULL fails.`,
    ...(serverVersion < 12 && {
      safeWay: `ADD CONSTRAINT … CHECK (${column} IS NOT NULL) NOT VALID, and VALIDATE CONSTRAINT in a later migration: before Postgres 12, that has to do.`,
    }),
    ...(serverVersion >= 18 && {
      safeWay: `One migration: ADD CONSTRAINT … NOT NULL ${column} NOT VALID. The next: VALIDATE CONSTRAINT.`,
    }),
    unlessColumn: {
      table,
      column,
      isHarmless: (facts) => facts.isNotNull || (serverVersion >= 12 && isProven(facts.notNullChecks)),
    },
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
  const isNew = scope.has("column", [...table, name]);
  // A default that was there only to fill the rows of a new column leaves the previous version without a value.
  if (isNew && !scope.requiredColumns.has(place)) return;
  const what = droppedDefaults[command.subtype as keyof typeof droppedDefaults];
  report({
    rule: "drop-default",
    at,
    message: `${what} makes INSERTs of the previous version into ${show(table)} write NULL to ${name}, or fail.`,
    ...(isNew && { safeWay: "Keep the default until every version writes the column." }),
  });
}

export function checkDropColumn({ table, command, at }: ColumnCommand, { scope, report }: Context): void {
  const column = [...table, command.name ?? ""];
  if (scope.has("column", column)) return;
  report({
    rule: "drop-column",
    at,
    message: `DROP COLUMN breaks every query of the previous version that names ${show(column)}.`,
  });
}

export function definitionOf({ def }: AlterTableCmd): ColumnDef | undefined {
  return def !== undefined && "ColumnDef" in def ? def.ColumnDef : undefined;
}

export function constraintsOf(column: ColumnDef): readonly Constraint[] {
  return (column.constraints ?? []).flatMap((node) => ("Constraint" in node ? [node.Constraint] : []));
}

const isGenerated = (constraints: readonly Constraint[]) =>
  constraints.some(({ contype }) => contype === "CONSTR_GENERATED" || contype === "CONSTR_IDENTITY");

function isNull(value: Node): boolean {
  if ("TypeCast" in value) return value.TypeCast.arg !== undefined && isNull(value.TypeCast.arg);
  return "A_Const" in value && value.A_Const.isnull === true;
}
