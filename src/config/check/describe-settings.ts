import type { Loaded } from "../load.ts";
import { isMap, joinPath } from "../shapes/shape.ts";
import { isNamedSecret, mask, maskByKey } from "./mask.ts";
import type { FilePlace } from "./places.ts";

/** A setting in force. */
export interface SettingInForce {
  /** `stop.graceSeconds` */
  readonly key: string;
  /** Secrets are replaced by `***`. */
  readonly value: unknown;
  /**
   * - `file`: the configuration file, perhaps filled from `variables`
   * - `variable`: a variable alone
   * - `default`: seaworthy's own default
   * - `package.json`: the app's manifest
   * - `convention`: without a file, DATABASE_URL and ./migrations stand for one
   */
  readonly source: "file" | "variable" | "default" | "package.json" | "convention";
  readonly file?: string;
  /** Both count from 1. */
  readonly line?: number;
  readonly column?: number;
  /** The names of the variables: `DATABASE_URL`, `DATABASE_URL in .env`, `DATABASE_URL_FILE`. */
  readonly variables?: readonly string[];
}

export interface DescribeOptions {
  readonly loaded: Pick<Loaded, "settings" | "path" | "sourceOf" | "isOnLedger">;
  /** The file's content, parsed; undefined if there is none. */
  readonly raw: unknown;
  readonly places: ReadonlyMap<string, FilePlace>;
  /** The texts in the app's package.json. */
  readonly manifest: Readonly<Record<string, string | undefined>>;
  readonly redact: (text: string) => string;
}

type Path = readonly (string | number)[];

/** Every setting in force, in the order of the configuration, with the place that set it. */
export function describeSettings(options: DescribeOptions): readonly SettingInForce[] {
  return leavesOf(options.loaded.settings).map(({ path, value }) => {
    const key = keyOf(path);
    const { hidden, ...source } = sourceOf(path, key, value, options);
    return { key, value: redactValue(maskByKey(path, hide(value, hidden)), options.redact), ...source };
  });
}

interface Leaf {
  readonly path: Path;
  readonly value: unknown;
}

/** A list of plain values, such as a command, is one leaf. So is an empty map. */
function leavesOf(value: unknown, path: Path = []): readonly Leaf[] {
  if (Array.isArray(value)) {
    const isPlain = value.every((item) => typeof item !== "object");
    return isPlain ? [{ path, value }] : value.flatMap((item, index) => leavesOf(item, [...path, index]));
  }
  if (!isMap(value)) return value === undefined ? [] : [{ path, value }];
  const entries = Object.entries(value);
  if (entries.length === 0) return [{ path, value }];
  return entries.flatMap(([key, item]) => leavesOf(item, [...path, key]));
}

type Source = Omit<SettingInForce, "key" | "value"> & {
  /** `true`: all of it. For a list, the indexes of its secret items. */
  readonly hidden: true | ReadonlySet<number>;
};

function sourceOf(path: Path, key: string, value: unknown, options: DescribeOptions): Source {
  const { loaded, manifest } = options;
  const { override, variables, hidden } = combine(path, value, loaded);
  if (override !== undefined) return { source: "variable", variables: [override], hidden };
  const written = loaded.isOnLedger(String(path[1])) && path[2] === "url" ? ["upgrade", "ledger"] : path;
  const filled = variables.length > 0 && { variables };
  const holder = loaded.path === undefined ? undefined : findInFile(written, options.raw);
  if (loaded.path !== undefined && holder !== undefined) {
    return { source: "file", file: loaded.path, ...nearestPlace(holder, options.places), ...filled, hidden };
  }
  if (filled) return { source: "variable", ...filled, hidden };
  if ((key === "app.name" && manifest["name"] !== undefined) || key === "app.version")
    return { source: "package.json", hidden };
  const isConvention = loaded.path === undefined && path[0] === "dependencies";
  const isChosen = ["kind", "migrations"].includes(String(path[2]));
  return { source: isConvention && isChosen ? "convention" : "default", hidden };
}

/** The sources of a value, and of each item of a list. */
function combine(path: Path, value: unknown, { sourceOf }: DescribeOptions["loaded"]) {
  const own = sourceOf(keyOf(path));
  // A command that is written as a list alone has no key `command` in the file.
  const lists = path.at(-1) === "command" ? [path, path.slice(0, -1)] : [path];
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const ofItems = items.map((item, index) => {
    const sources = lists.map((list) => sourceOf(keyOf([...list, index])));
    const variables = sources.flatMap((one) => one.variables);
    return { variables, isSecret: sources.some((one) => one.isSecret) || isNamedSecret(item, variables) };
  });
  const from = own.override === undefined ? own.variables : [own.override];
  const isAll = own.isSecret || (items.length === 0 && isNamedSecret(value, from));
  return {
    override: own.override,
    variables: [...new Set([...own.variables, ...ofItems.flatMap(({ variables }) => variables)])],
    hidden: isAll || new Set(ofItems.flatMap(({ isSecret }, index) => (isSecret ? [index] : []))),
  };
}

function hide(value: unknown, hidden: Source["hidden"]): unknown {
  if (hidden === true) return mask;
  return Array.isArray(value) ? value.map((item, index) => (hidden.has(index) ? mask : (item as unknown))) : value;
}

function keyOf(path: Path): string {
  return path.reduce<string>((whole, part) => joinPath(whole, part), "");
}

/** The path in the file that sets this value; undefined if the file leaves it out. */
function findInFile(path: Path, raw: unknown): Path | undefined {
  let current = raw;
  for (const [depth, part] of path.entries()) {
    const isList = Array.isArray(current);
    if (isList && part === "command" && depth === path.length - 1) return path.slice(0, depth);
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[String(part)];
    if (current === undefined || current === null) return undefined;
  }
  return path;
}

/** A key that a YAML alias brings in has no place of its own: then it is the place of the alias. */
function nearestPlace(path: Path, places: ReadonlyMap<string, FilePlace>): FilePlace | undefined {
  for (let length = path.length; length > 0; length--) {
    const place = places.get(keyOf(path.slice(0, length)));
    if (place !== undefined) return place;
  }
  return undefined;
}

function redactValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  return Array.isArray(value) ? value.map((item) => redactValue(item, redact)) : value;
}
