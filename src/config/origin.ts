import type { Environment } from "./environment.ts";
import { overridesOf, readOverride } from "./override.ts";
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
  /** `standIn` is a variable that is read if the key is written nowhere. */
  readonly sourceOf: (key: string, standIn?: string) => ValueSource;
}

/** Where a value comes from, beside the file. */
export interface ValueSource {
  /** The variable that replaces the file's value: `SEAWORTHY_LOG_LEVEL in .env`. */
  readonly override?: string;
  /** The variables that the file's text refers to, or that stand for the file: `DATABASE_URL_FILE`. */
  readonly variables: readonly string[];
  /** Whether a part of the value is the content of a file that `NAME_FILE` names. */
  readonly isSecret: boolean;
}

/** Without a file, names only the variables: users wrote nothing else. */
export function createOrigins({ environment, sources, path }: OriginOptions): Origins {
  const isFile = (name: string) => environment.originOf(name).startsWith(`${name}_FILE`);
  const overridingName = (key: string) => {
    // Only messages need it: a start with nothing to report does not pay for it.
    const overrides = overridesOf(settingsShape.fields ?? {});
    const name = overrides.find((override) => override.path.join(".") === key)?.name;
    return name !== undefined &&
      readOverride(name, new Set(overrides.map((one) => one.name)), environment) !== undefined
      ? name
      : undefined;
  };
  const overrideOf = (key: string) => {
    const name = overridingName(key);
    return name === undefined ? undefined : environment.originOf(name);
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
    sourceOf(key, standIn) {
      const name = overridingName(key);
      if (name !== undefined) return { override: environment.originOf(name), variables: [], isSecret: isFile(name) };
      const given = [...new Set(sources.get(key))];
      const isStandingIn = given.length === 0 && standIn !== undefined && Boolean(environment.get(standIn));
      const names = isStandingIn ? [standIn] : given;
      return { variables: names.map(environment.originOf), isSecret: names.some(isFile) };
    },
  };
}
