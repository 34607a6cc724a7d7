import type { CreateFunctionStmt, FunctionParameter, ObjectWithArgs, TypeName } from "libpg-query";
import type { Input, Routine } from "../catalog/catalog.ts";
import { typeNameOf } from "../column-types.ts";
import { nameOf, show, type Name } from "../names.ts";
import type { Context } from "../problem.ts";
import type { Scope } from "../scope.ts";

/** Checks a CREATE of a function or procedure against others of the same name, and those dropped before. */
export function checkCreateRoutine(statement: CreateFunctionStmt, context: Context): void {
  const { scope, report, withdraw, at } = context;
  const name = (statement.funcname ?? []).flatMap(nameOf);
  const place = scope.identify("routine", name);
  const made = routineOf(statement);
  const dropped = scope.droppedRoutines.get(place);
  if (dropped !== undefined) {
    // An unknown signature counts as a different one.
    const lost = dropped.find((old) => old === "unknown" || findDifference(old, made) !== undefined);
    if (lost === undefined) withdraw(place);
    return;
  }
  withdraw(place);
  const others = scope.catalog?.routinesNamed(scope.originOf("routine", name)) ?? [];
  const same = others.find((other) => sameTypes(other.inputs, made.inputs));
  const refusal = same && statement.replace === true ? refusalOf(same, made) : undefined;
  if (refusal !== undefined)
    report({ rule: "replace-refused", at, message: `OR REPLACE of ${show(name)}() fails: ${refusal}.` });
  const rival = same === undefined && others.find((other) => shareCalls(other, made));
  if (rival)
    report({
      rule: "change-function",
      at,
      message: `This creates ${showRoutine(name, made)} beside ${showRoutine(name, rival)}: a call of the previous version may match both, and then fails.`,
    });
}

/** Records the dropped signature, to compare it with the routine that replaces it. */
export function rememberDropped(name: Name, routine: ObjectWithArgs | undefined, scope: Scope): void {
  const place = scope.identify("routine", name);
  const known = scope.catalog?.routinesNamed(scope.originOf("routine", name));
  const inputs = (routine?.objargs ?? []).flatMap((node) =>
    "TypeName" in node ? [{ type: typeOf(node.TypeName), name: "" }] : [],
  );
  const isAny = routine === undefined || routine.args_unspecified === true;
  const described = isAny
    ? known?.length === 1
      ? known[0]
      : undefined
    : (known?.find((other) => sameTypes(other.inputs, inputs)) ?? { inputs, defaults: 0 });
  scope.droppedRoutines.set(place, [...(scope.droppedRoutines.get(place) ?? []), described ?? "unknown"]);
}

export function hasSignature(name: Name, { objargs = [] }: ObjectWithArgs, scope: Scope): boolean {
  const inputs = objargs.flatMap((node) => ("TypeName" in node ? [{ type: typeOf(node.TypeName), name: "" }] : []));
  const known = scope.catalog?.routinesNamed(scope.originOf("routine", name)) ?? [];
  return known.some((routine) => sameTypes(routine.inputs, inputs));
}

function routineOf({ parameters = [], returnType }: CreateFunctionStmt): Routine {
  const given = parameters.flatMap((node) => ("FunctionParameter" in node ? [node.FunctionParameter] : []));
  const inputs = given.filter(({ mode = "FUNC_PARAM_DEFAULT" }) => inputModes.has(mode));
  return {
    inputs: inputs.map(({ name = "", argType }) => ({ name, type: typeOf(argType) })),
    defaults: inputs.filter(({ defexpr }) => defexpr !== undefined).length,
    ...(inputs.length === given.length && !given.some(isInOut) && { result: resultOf(returnType) }),
  };
}

const inputModes: ReadonlySet<string> = new Set([
  "FUNC_PARAM_DEFAULT",
  "FUNC_PARAM_IN",
  "FUNC_PARAM_INOUT",
  "FUNC_PARAM_VARIADIC",
]);
const isInOut = ({ mode }: FunctionParameter) => mode === "FUNC_PARAM_INOUT";

/** In the format of `format_type`, without schema and modifiers: they are not part of a signature. */
function typeOf(type: TypeName | undefined): string {
  const { name, isArray } = typeNameOf(type);
  return (name.split(".").at(-1) ?? name) + (isArray ? "[]" : "");
}

const resultOf = (type: TypeName | undefined) =>
  type === undefined ? undefined : `${type.setof === true ? "SETOF " : ""}${typeOf(type)}`;

/** Removes the schema (which types outside the search_path have) and quotes. */
const bare = (type: string) => type.replace(/^(SETOF )?(?:.*\.)?"?(.*?)"?(\[\])?$/, "$1$2$3");
const isSameType = (a: string, b: string) => bare(a) === bare(b);

const sameTypes = (a: readonly Input[], b: readonly Input[]) =>
  a.length === b.length && a.every(({ type }, index) => isSameType(type, b[index]?.type ?? ""));

/** Why calls of the old routine, by position or by name, do not work with the new one. Undefined if they do. */
function findDifference(old: Routine, made: Routine): string | undefined {
  const fewest = old.inputs.length - old.defaults;
  if (made.inputs.length < old.inputs.length || made.inputs.length - made.defaults > fewest) return "arguments";
  if (!sameTypes(old.inputs, made.inputs.slice(0, old.inputs.length))) return "types";
  if (hasOtherNames(old, made)) return "names";
  return hasOtherResult(old, made) ? "result" : undefined;
}

const hasOtherResult = ({ result: old }: Routine, { result: made }: Routine) =>
  typeof old === "string" && typeof made === "string" && !isSameType(old, made);

const hasOtherNames = (old: Routine, made: Routine) =>
  old.inputs.some(({ name }, index) => name !== "" && name !== made.inputs[index]?.name);

/** Why Postgres refuses to replace the old routine with the new one. */
function refusalOf(old: Routine, made: Routine): string | undefined {
  if (hasOtherResult(old, made)) return `it returns ${old.result}, and would return ${made.result}`;
  const renamed = old.inputs.find(({ name }, index) => name !== "" && name !== made.inputs[index]?.name);
  if (renamed !== undefined) return `its parameter ${renamed.name} cannot be renamed`;
  return made.defaults < old.defaults ? "its parameters cannot lose their defaults" : undefined;
}

/** Whether there is a number of arguments that fits both. */
function shareCalls(one: Routine, other: Routine): boolean {
  const fewest = ({ inputs, defaults }: Routine) => inputs.length - defaults;
  return fewest(one) <= other.inputs.length && fewest(other) <= one.inputs.length;
}

const showRoutine = (name: Name, { inputs }: Routine) => `${show(name)}(${inputs.map(({ type }) => type).join(", ")})`;
