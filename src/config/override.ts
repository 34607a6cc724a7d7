import { nearest } from "../kernel/nearest.ts";
import type { Environment } from "./environment.ts";
import { isMap, type Fields } from "./shapes/shape.ts";

export interface Override {
  /** `SEAWORTHY_HEALTH_LISTEN` for `health.listen`. */
  readonly name: string;
  readonly path: readonly string[];
}

const isOurs = (name: string) => name.startsWith("SEAWORTHY_");

/** The environment variables that set single values. Values inside lists, and maps with free names, have none. */
export function overridesOf(fields: Fields, path: readonly string[] = []): readonly Override[] {
  return Object.entries(fields).flatMap(([key, { shape }]) => {
    const inner = [...path, key];
    // The whole before its parts: a variable for a part wins.
    const whole = shape.scalar ? [{ name: variableName(inner), path: inner }] : [];
    return shape.fields ? [...whole, ...overridesOf(shape.fields, inner)] : whole;
  });
}

function variableName(path: readonly string[]): string {
  return `SEAWORTHY_${path.map((key) => key.replaceAll(/([A-Z])/g, "_$1").toUpperCase()).join("_")}`;
}

/** The raw configuration, with the environment's values in place of the file's. */
export function applyOverrides(raw: unknown, fields: Fields, environment: Environment): unknown {
  if (!isMap(raw) || !environment.names().some(isOurs)) return raw;
  let out = raw;
  const overrides = overridesOf(fields);
  const names = new Set(overrides.map(({ name }) => name));
  for (const { name, path } of overrides) {
    const value = readOverride(name, names, environment);
    if (value !== undefined) out = withValue(out, path, value);
  }
  return out;
}

/** SEAWORTHY_APP_READY_FILE is app.ready.file, and not a file with the value of app.ready. */
export function readOverride(
  name: string,
  names: ReadonlySet<string>,
  environment: Pick<Environment, "get" | "getPlain">,
): string | undefined {
  return names.has(`${name}_FILE`) ? environment.getPlain(name) : environment.get(name);
}

function withValue(
  map: Readonly<Record<string, unknown>>,
  path: readonly string[],
  value: string,
): Readonly<Record<string, unknown>> {
  const [key = "", ...rest] = path;
  if (rest.length === 0) return { ...map, [key]: value };
  const inner = map[key];
  return { ...map, [key]: withValue(isMap(inner) ? inner : {}, rest, value) };
}

/** Kubernetes sets these for every service. A service may be called `seaworthy`. */
const fromKubernetes = /^SEAWORTHY_(SERVICE_|PORT(_|$)|.*_(SERVICE_(HOST|PORT)|PORT_\d+_))/;

/** Warnings about unknown variables that begin with SEAWORTHY_: a misspelt name would be ignored silently. */
export function unknownVariables(
  fields: Fields,
  environment: Pick<Environment, "names">,
  others: readonly string[],
): readonly string[] {
  const given = environment.names().filter(isOurs);
  if (given.length === 0) return [];
  const known = [...overridesOf(fields).map(({ name }) => name), ...others];
  const allowed = new Set(known.flatMap((name) => [name, `${name}_FILE`]));
  return given
    .filter((name) => !allowed.has(name) && !fromKubernetes.test(name))
    .map((name) => {
      const meant = nearest(name, known);
      return `seaworthy ignores ${name}, because it reads no such variable${meant === undefined ? "" : `; did you mean ${meant}?`}`;
    });
}
