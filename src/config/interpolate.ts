import type { Environment } from "./environment.ts";
import { isFailure } from "../kernel/failure.ts";
import { isMap, joinPath, type Problem } from "./shapes/shape.ts";

export interface Interpolated {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Names of the used variables, by the top-level key that uses them. */
  readonly used: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names of the variables that filled a value, by its path: `upgrade.url`. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
}

interface Options {
  readonly environment: Environment;
  /** Top-level keys in which a value with an unset variable is left out. Elsewhere it is refused. */
  readonly lenient: ReadonlySet<string>;
}

/** `$${` is a literal `${`; a reference is `${NAME}` or `${NAME:-default}`, like in a shell. */
const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:[^{}]|\{[^{}]*\})*))?\}|\$\{[^}]*\}?/g;

/** A dependency's own tool is a part of the upgrade: in other modes, its variables may be unset. */
function topOf(path: string, top: string): string {
  return /^dependencies\.[^.]+\.migrate$/.test(path) ? "upgrade" : top;
}

/** Fills `${…}` in every string of a parsed file. It runs after parsing: a value cannot change the file's structure. */
export function interpolate(root: unknown, { environment, lenient }: Options): Interpolated {
  const problems: Problem[] = [];
  const used = new Map<string, Set<string>>();
  const sources = new Map<string, readonly string[]>();

  /** A secret for the upgrade may be mounted only in the upgrade's container. `null` for one that is refused. */
  const valueOf = (name: string, path: string, top: string): string | undefined | null => {
    try {
      return environment.get(name);
    } catch (error) {
      if (lenient.has(top)) return undefined;
      if (!isFailure(error)) throw error;
      problems.push({ path, message: error.message });
      return null;
    }
  };

  const fillText = (source: string, path: string, top: string): string | undefined => {
    let complete = true;
    const out = source.replace(reference, (match: string, name?: string, fallback?: string) => {
      if (match === "$${") return "${";
      if (name === undefined) {
        problems.push({
          path,
          message: `cannot read ${match}: expected \${NAME} or \${NAME:-default}; write $\${ for a literal \${`,
        });
        return "";
      }
      used.set(top, (used.get(top) ?? new Set()).add(name));
      const value = valueOf(name, path, top);
      if (value === null) {
        complete = false;
        return "";
      }
      if (value !== undefined && (value !== "" || fallback === undefined)) {
        sources.set(path, [...(sources.get(path) ?? []), name]);
        return value;
      }
      // A default may contain a reference, like in a shell.
      const filled = fallback === undefined ? undefined : fillText(fallback, path, top);
      if (filled !== undefined) return filled;
      complete = false;
      if (!lenient.has(top) && fallback === undefined) {
        problems.push({
          path,
          unset: name,
          message: `needs the environment variable ${name}, which is not set; set it, or ${name}_FILE, or write \${${name}:-default}`,
        });
      }
      return "";
    });
    return complete ? out : undefined;
  };

  const fill = (value: unknown, path: string, top: string): unknown => {
    if (typeof value === "string") return fillText(value, path, top);
    if (Array.isArray(value))
      return value.map((item, index) => (item === null ? null : (fill(item, joinPath(path, index), top) ?? "")));
    if (!isMap(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => {
      const inner = joinPath(path, key);
      return [key, item === null ? null : fill(item, inner, topOf(inner, path === "" ? key : top))] as const;
    });
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  };

  return { value: fill(root, "", ""), problems, used, sources };
}
