import { isMap, joinPath, refuse, type At, type JsonSchema, type Shape } from "./shape.ts";
import { nearest } from "../../kernel/nearest.ts";

/** A string that editors accept in place of another type: the environment fills it. */
export const fromEnvironment: JsonSchema = { type: "string", pattern: String.raw`\$\{` };

interface TextLimits {
  /** The rule in messages: "a URL that starts with postgres://". */
  readonly expected?: string;
  readonly pattern?: RegExp;
  readonly examples?: readonly string[];
}

export function text(description: string, { expected = "text", pattern, examples }: TextLimits = {}): Shape<string> {
  const rule = () =>
    pattern
      ? { anyOf: [{ type: "string", pattern: pattern.source }, fromEnvironment] }
      : { type: "string", minLength: 1 };
  return {
    scalar: true,
    get schema() {
      return { description, ...rule(), ...(examples && { examples }) };
    },
    read(value, at) {
      if (typeof value === "number")
        return refuse(at, `${expected} in quotes (YAML reads 2.10 as the number 2.1)`, value);
      if (typeof value !== "string" || !(pattern?.test(value) ?? value !== "")) return refuse(at, expected, value);
      if (value.includes("\0")) return refuse(at, `${expected} without a NUL character`, value);
      return value;
    },
  };
}

export function choice<const C extends readonly string[]>(description: string, allowed: C): Shape<C[number]> {
  return {
    scalar: true,
    get schema() {
      return { description, anyOf: [{ enum: allowed }, fromEnvironment] };
    },
    read(value, at) {
      if (typeof value === "string" && allowed.includes(value)) return value;
      return refuse(at, oneOf(allowed, value), value);
    },
  };
}

function oneOf(allowed: readonly string[], value: unknown): string {
  const meant = typeof value === "string" ? nearest(value, allowed) : undefined;
  return `one of ${allowed.join(", ")}${meant === undefined ? "" : ` (did you mean ${meant}?)`}`;
}

export function flag(description: string): Shape<boolean> {
  return {
    scalar: true,
    get schema() {
      return { description, anyOf: [{ type: "boolean" }, fromEnvironment] };
    },
    read(value, at) {
      if (value === true || value === "true") return true;
      if (value === false || value === "false") return false;
      return refuse(at, "true or false", value);
    },
  };
}

export function list<T>(
  description: string,
  item: Shape<T>,
  { minimum = 0, expected = "a list" } = {},
): Shape<readonly T[]> {
  return {
    get schema() {
      return { description, type: "array", items: item.schema, minItems: minimum };
    },
    read(value, at) {
      if (!Array.isArray(value) || value.length < minimum) return refuse(at, expected, value);
      const before = at.problems.length;
      const out = value.map((entry, index) =>
        item.read(entry, { path: joinPath(at.path, index), problems: at.problems }),
      );
      return at.problems.length === before ? Object.freeze(out as T[]) : undefined;
    },
  };
}

/** A command as a list of words. No shell reads it. */
export function argv(description: string): Shape<readonly string[]> {
  const expected = "a command as a list of words, as in [nginx, -g, daemon off;]";
  return list(description, word, { minimum: 1, expected });
}

/** The value of an environment variable: text, which may be empty, or a number or boolean. */
export function value(description: string): Shape<string> {
  return {
    get schema() {
      return { description, type: ["string", "number", "boolean"] };
    },
    read(given, at) {
      if (typeof given === "number" || typeof given === "boolean") return String(given);
      return typeof given === "string" && !given.includes("\0") ? given : refuse(at, "text", given);
    },
  };
}

/** Unlike other text, a word of a command may be empty or a plain number. */
const word: Shape<string> = {
  get schema() {
    return { type: ["string", "number"] };
  },
  read(value, at) {
    if (typeof value === "number") return String(value);
    return typeof value === "string" && !value.includes("\0") ? value : refuse(at, "a word of the command", value);
  },
};

/** A command as a list of words, or a map with the key `command`. Both are read as the map. */
export function commandOr<T extends { readonly command: readonly string[] }>(
  shape: Shape<T>,
  description?: string,
): Shape<T> {
  const words = argv("A command as a list of words.");
  return {
    get schema() {
      return { ...(description !== undefined && { description }), anyOf: [words.schema, shape.schema] };
    },
    read: (given, at) =>
      isMap(given) ? shape.read(given, at) : words.read(given, at) && shape.read({ command: given }, at),
  };
}

/** A map from names of the user's choice to values of the same shape. */
export function map<T>(description: string, item: Shape<T>, { minimum = 0 } = {}): Shape<Readonly<Record<string, T>>> {
  const name = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
  return {
    get schema() {
      return {
        description,
        type: "object",
        propertyNames: { pattern: name.source },
        additionalProperties: item.schema,
        ...(minimum > 0 && { minProperties: minimum }),
      };
    },
    read(value, at) {
      if (!isMap(value)) return refuse(at, "a map from names to settings", value);
      const given = Object.entries(value);
      if (given.length < minimum) return refuse(at, "at least one entry (or leave it out)", value);
      const before = at.problems.length;
      const out = given.map(([key, entry]) => {
        const inner = { path: joinPath(at.path, key), problems: at.problems };
        if (!name.test(key)) refuse(inner, "a name of letters, digits, - and _", key);
        return [key, name.test(key) ? item.read(entry, inner) : undefined] as const;
      });
      // Assignment would lose an entry called __proto__.
      return at.problems.length === before ? Object.freeze(Object.fromEntries(out) as Record<string, T>) : undefined;
    },
  };
}

/** `false`, or the given shape. `true` means the shape's defaults. */
export function offOr<T>(shape: Shape<T>): Shape<T | false> {
  return {
    ...(shape.fields && { fields: shape.fields }),
    get schema() {
      return { anyOf: [{ type: "boolean" }, shape.schema], description: shape.schema["description"] };
    },
    read: (value, at) => (value === false ? false : value === true ? shape.read({}, at) : shape.read(value, at)),
  };
}

/** `false`, or the given shape. One environment variable can hold the `false`. */
export function falseOr<T>(shape: Shape<T>): Shape<T | false> {
  const keys = Object.keys(shape.fields ?? {}).join(", ");
  return {
    scalar: true,
    ...(shape.fields && { fields: shape.fields }),
    get schema() {
      return { anyOf: [{ const: false }, fromEnvironment, shape.schema], description: shape.schema["description"] };
    },
    read(value, at) {
      if (value === false || value === "false") return false;
      return isMap(value) ? shape.read(value, at) : refuse(at, `false, or a map with the keys ${keys}`, value);
    },
  };
}

type Variants = Readonly<Record<string, Shape<object>>>;
type OneOf<V extends Variants> = {
  readonly [K in keyof V]: V[K] extends Shape<infer T> ? { readonly kind: K } & T : never;
}[keyof V];

/** A map whose key `kind` decides its other keys. */
export function oneOfKinds<const V extends Variants>(description: string, variants: V): Shape<OneOf<V>> {
  const kinds = Object.keys(variants);
  return {
    get schema() {
      return { description, oneOf: Object.entries(variants).map(([kind, shape]) => variantSchema(kind, shape)) };
    },
    read(value, at) {
      if (!isMap(value)) return refuse(at, `a map with a kind (${kinds.join(", ")})`, value);
      const { kind, ...rest } = value;
      const variant = typeof kind === "string" && Object.hasOwn(variants, kind) ? variants[kind] : undefined;
      if (variant === undefined) return refuseKind(at, kind, kinds);
      const read = variant.read(rest, at);
      return read && (Object.freeze({ kind, ...read }) as unknown as OneOf<V>);
    },
  };
}

function refuseKind(at: At, kind: unknown, kinds: readonly string[]): undefined {
  const path = joinPath(at.path, "kind");
  if (kind === undefined) at.problems.push({ path, message: `is missing; allowed: ${kinds.join(", ")}` });
  else refuse({ ...at, path }, oneOf(kinds, kind), kind);
  return undefined;
}

function variantSchema(kind: string, { schema }: Shape<object>): JsonSchema {
  const properties = { kind: { const: kind }, ...(schema["properties"] as object) };
  return { ...schema, properties, required: ["kind", ...(schema["required"] as string[])] };
}
