import { nearest } from "../../kernel/nearest.ts";
import { withoutPassword } from "../../kernel/redact.ts";

/**
 * A shape describes one value of the configuration: the validation (`read`) and the schema for editors (`schema`). Both
 * come from the same call, so they cannot drift apart. A schema library would add 25 ms to every container start,
 * before the app; this takes less than 1 ms.
 */
export interface Shape<T> {
  /** Created on demand: a container never needs it. */
  readonly schema: JsonSchema;
  /** The value, or undefined after at least one problem was added to `at`. */
  readonly read: (value: unknown, at: At) => T | undefined;
  /** The fields of an object shape, for the generated tables and the environment's names. */
  readonly fields?: Fields;
  /** Whether one environment variable can hold the value. */
  readonly scalar?: true;
}

export type JsonSchema = { readonly [key: string]: unknown };

/** The path of a value, such as `stop.graceSeconds`, and the list for its problems. */
export interface At {
  readonly path: string;
  readonly problems: Problem[];
}

export interface Problem {
  readonly path: string;
  readonly message: string;
  /** The variable that the value needs, if it is only that this variable is not set. */
  readonly unset?: string;
}

export type Infer<S> = S extends Shape<infer T> ? T : never;

export interface Field<T = unknown> {
  readonly shape: Shape<T>;
  readonly presence: "required" | "optional" | "default";
  readonly fallback?: unknown;
  /** The key that supplies a required value if it is missing here. */
  readonly standIn?: string;
}
export type Fields = Readonly<Record<string, Field>>;

interface Optional<T> extends Field<T> {
  readonly presence: "optional";
}

export const required = <T>(shape: Shape<T>, { standIn }: Pick<Field, "standIn"> = {}): Field<T> => ({
  shape,
  presence: "required",
  ...(standIn !== undefined && { standIn }),
});
export const optional = <T>(shape: Shape<T>): Optional<T> => ({ shape, presence: "optional" });
/** A missing value is read as `fallback`. */
export const withDefault = <T>(shape: Shape<T>, fallback: unknown): Field<T> => ({
  shape,
  presence: "default",
  fallback,
});

export function refuse(at: At, expected: string, received: unknown): undefined {
  at.problems.push({ path: at.path, message: `expected ${expected}, received ${describe(received)}` });
  return undefined;
}

/** A description of a value for messages, without a password, cut to fit a line. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return Object.keys(value).length === 0 ? "an empty map" : "a map";
  const text = typeof value === "string" ? JSON.stringify(withoutPassword(value)) : String(value);
  return `the ${typeof value} ${text.length > 80 ? `${text.slice(0, 77)}…` : text}`;
}

type Simplify<T> = { [K in keyof T]: T[K] } & {};
export type ObjectOf<F extends Fields> = Simplify<
  { readonly [K in keyof F as F[K] extends Optional<unknown> ? never : K]: FieldOf<F[K]> } & {
    readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: FieldOf<F[K]>;
  }
>;
type FieldOf<F> = F extends Field<infer T> ? T : never;

export function object<const F extends Fields>(description: string, fields: F): Shape<ObjectOf<F>> {
  return {
    fields,
    get schema() {
      return {
        description,
        type: "object",
        additionalProperties: false,
        required: Object.keys(fields).filter((key) => isRequiredHere(fields[key])),
        properties: Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, schemaOf(field)])),
      };
    },
    read(value, at) {
      if (!isMap(value)) return refuse(at, `a map with the keys ${Object.keys(fields).join(", ")}`, value);
      const before = at.problems.length;
      refuseUnknownKeys(value, Object.keys(fields), at);
      const out: Record<string, unknown> = {};
      for (const [key, field] of Object.entries(fields)) {
        const given = value[key] ?? (field.presence === "default" ? field.fallback : undefined);
        const inner = { path: joinPath(at.path, key), problems: at.problems };
        if (given !== undefined) out[key] = field.shape.read(given, inner);
        else if (field.presence === "required") inner.problems.push({ path: inner.path, message: missing(field) });
      }
      return at.problems.length === before ? (Object.freeze(out) as ObjectOf<F>) : undefined;
    },
  };
}

/** Whether editors must ask for it: nothing stands in for it. */
function isRequiredHere(field: Field | undefined): boolean {
  return field?.presence === "required" && field.standIn === undefined;
}

function missing({ standIn }: Field): string {
  return standIn === undefined ? "is missing" : `is missing; write it, or set ${standIn}, which stands in for it`;
}

function schemaOf(field: Field): JsonSchema {
  const plain = typeof field.fallback !== "object" || field.fallback === null;
  return field.presence === "default" && plain
    ? { ...field.shape.schema, default: field.fallback }
    : field.shape.schema;
}

function refuseUnknownKeys(value: object, allowed: readonly string[], at: At): void {
  for (const key of Object.keys(value)) {
    if (allowed.includes(key)) continue;
    const meant = nearest(key, allowed);
    const advice = meant === undefined ? `allowed here: ${allowed.join(", ")}` : `did you mean ${meant}?`;
    at.problems.push({ path: joinPath(at.path, key), message: `is not a known key; ${advice}` });
  }
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function joinPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}
