import type { Environment } from "./environment.ts";
import { overridesOf } from "./override.ts";
import { settingsShape } from "./settings.ts";

interface OriginOptions {
  readonly environment: Environment;
  /** Names of the variables that a value of the file was filled from, by its path. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
  /** The configuration file, where there is one. */
  readonly path: string | undefined;
}

/** Says where the value of a key comes from: its file, and the variables that filled it. Never the value. */
export function createOriginOf({ environment, sources, path }: OriginOptions): (key: string) => string {
  return (key) => {
    const override = overridesOf(settingsShape.fields ?? {}).find((one) => one.path.join(".") === key);
    if (override !== undefined && environment.get(override.name) !== undefined)
      return `${key}, from ${environment.originOf(override.name)}`;
    const names = [...new Set(sources.get(key))].map(environment.originOf);
    const from = names.length === 0 ? "" : `, from ${names.join(" and ")}`;
    return `${key}${path === undefined ? "" : ` in ${path}`}${from}`;
  };
}
