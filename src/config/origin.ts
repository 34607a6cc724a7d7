import type { Environment } from "./environment.ts";
import { overridesOf } from "./override.ts";
import { settingsShape } from "./settings.ts";

interface OriginOptions {
  readonly environment: Environment;
  /** Names of the variables that filled a value of the file, by its path. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
  /** The configuration file, if there is one. */
  readonly path: string | undefined;
}

/** The source of a key's value, for messages. The text never contains the value. */
export interface Origins {
  /** In a sentence: `upgrade.url in /app/seaworthy.yaml, from UPGRADE_DATABASE_URL in .env`. */
  readonly originOf: (key: string) => string;
  /** Before the colon of a problem: `/app/seaworthy.yaml: upgrade.url, from UPGRADE_DATABASE_URL in .env`. */
  readonly placeOf: (key: string) => string;
}

/** Without a file, names only the variables: users wrote nothing else. */
export function createOrigins({ environment, sources, path }: OriginOptions): Origins {
  const overrideOf = (key: string) => {
    // Only messages need it: a start with nothing to report does not pay for it.
    const name = overridesOf(settingsShape.fields ?? {}).find((override) => override.path.join(".") === key)?.name;
    return name !== undefined && environment.get(name) !== undefined ? environment.originOf(name) : undefined;
  };
  const filledFrom = (key: string) => [...new Set(sources.get(key))].map(environment.originOf).join(" and ");
  return {
    originOf(key) {
      const override = overrideOf(key);
      if (override !== undefined) return `${key}, from ${override}`;
      const from = filledFrom(key);
      if (path === undefined) return from === "" ? key : from;
      return `${key} in ${path}${from === "" ? "" : `, from ${from}`}`;
    },
    placeOf(key) {
      const override = overrideOf(key);
      if (override !== undefined) return `${override}: ${key}`;
      const from = filledFrom(key);
      if (path === undefined && from !== "") return from;
      const place = path ?? "environment";
      return key === "" ? place : `${place}: ${key}${from === "" ? "" : `, from ${from}`}`;
    },
  };
}
