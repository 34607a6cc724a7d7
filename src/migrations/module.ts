import { createRequire } from "node:module";
import { resolve } from "node:path";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import { withoutUp } from "./module-exports.ts";
import { placeInModule } from "./module-place.ts";

/** The argument of a migration module's `up`. */
export interface ModuleContext {
  /** Runs one statement in the migration's transaction, with `$1`, `$2`, … for the values. Returns its rows. */
  readonly query: (sql: string, values?: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export type Up = (context: ModuleContext) => unknown;

/**
 * Loads a CommonJS or ES module that exports `up`. It uses `require` because `import()` finds no files inside the
 * self-contained program, so an ES module must not await at its top level. Throws a Failure (78) if the module cannot
 * be loaded.
 */
export function loadModule(path: string): Up {
  let loaded: unknown;
  try {
    const absolute = resolve(path);
    loaded = createRequire(absolute)(absolute);
  } catch (error) {
    const place = placeInModule(path, error);
    const where = place === undefined ? path : `${path}:${place.line}:${place.column}`;
    throw new Failure(ExitCode.configuration, `cannot load the migration ${where}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const up = findUp(loaded) ?? findUp((loaded as { readonly default?: unknown } | undefined)?.default);
  if (up === undefined) throw withoutUp(path);
  return up;
}

function findUp(exported: unknown): Up | undefined {
  const up = typeof exported === "object" && exported !== null && "up" in exported ? exported.up : undefined;
  return typeof up === "function" ? (up as Up) : undefined;
}
