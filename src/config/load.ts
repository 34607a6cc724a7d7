import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import { decodeFile } from "../kernel/utf8.ts";
import { passwordsIn } from "../kernel/redact.ts";
import { findContradictions } from "./contradictions.ts";
import { createEnvironment, type Environment, type Variables } from "./environment.ts";
import { findConfigFile, parseConfigFile, type ConfigFile } from "./config-file.ts";
import { ledgerKey } from "./blocks/ledger-url.ts";
import { fillLedgerUrls } from "./fill-ledger-urls.ts";
import { interpolate } from "./interpolate.ts";
import { createOrigins, type Origins, type ValueSource } from "./origin.ts";
import { applyOverrides, unknownVariables } from "./override.ts";
import { isMap, type Infer, type Problem } from "./shapes/shape.ts";
import { settingsShape, type Settings } from "./settings.ts";
import { hiddenVariables } from "./hidden-variables.ts";
import { urlWarnings } from "./shapes/url-values.ts";

export interface LoadOptions {
  /** `--config`. Default: $SEAWORTHY_CONFIG, else a file in the working directory, else one in /etc/seaworthy. */
  readonly configPath?: string | undefined;
  readonly variables: Variables;
  readonly workingDirectory: string;
  /** Only an upgrade needs the variables of `upgrade:`. In other modes they may be unset. */
  readonly forUpgrade: boolean;
  readonly onSecret: (secret: string) => void;
}

export interface Loaded {
  readonly settings: Settings;
  /** The file that was read; undefined if there is none. */
  readonly path: string | undefined;
  readonly warnings: readonly string[];
  /** Variables that the app must not see: seaworthy's own, and the upgrade's credentials. */
  readonly hidden: ReadonlySet<string>;
  /** The source of a value, for messages: `upgrade.url in /app/seaworthy.yaml, from UPGRADE_DATABASE_URL in .env`. */
  readonly originOf: (key: string) => string;
  /** The parts of the same source, for `--check-config`. */
  readonly sourceOf: (key: string) => ValueSource;
  /** Whether a dependency has no URL of its own, and got that of `upgrade.ledger`. */
  readonly isOnLedger: (name: string) => boolean;
  /** A warning for an app without dependencies that seems to have a database; undefined if there is none to give. */
  readonly describeGap: () => Promise<string | undefined>;
}

/** The configuration, or all its problems. */
export interface Reading {
  /** Undefined if there are problems. */
  readonly loaded?: Loaded;
  readonly problems: readonly ProblemLine[];
}

interface ProblemLine {
  /** With the file or variable, and the key. */
  readonly line: string;
  /** Whether a variable that the value needs is not set. */
  readonly isUnset: boolean;
}

/** Reads, fills and validates the configuration, before anything starts. Throws a Failure (78) with every problem. */
export async function loadSettings(options: LoadOptions): Promise<Loaded> {
  const { loaded, problems } = await readSettings(options);
  if (loaded !== undefined) return loaded;
  const [first = "", ...details] = problems.map(({ line }) => line);
  throw new Failure(ExitCode.configuration, first, { details });
}

/** Like `loadSettings`, but returns the problems. Throws a Failure (78) for a file that cannot be parsed. */
export async function readSettings(options: LoadOptions): Promise<Reading> {
  const environment = await openEnvironment(options);
  const file = findConfigFile(
    options.configPath ?? (environment.get("SEAWORTHY_CONFIG") || undefined),
    options.workingDirectory,
  );
  const raw = file ? await parseConfigFile(file) : withoutFile(environment, options.workingDirectory);
  const lenient = new Set(options.forUpgrade ? [] : ["upgrade"]);
  const filled = interpolate(raw, { environment, lenient });

  const { value: withOverrides, paths: onLedger } = fillLedgerUrls(
    applyOverrides(filled.value, settingsShape.fields ?? {}, environment),
  );
  collectSecrets(withOverrides, options.onSecret);
  collectSecrets(urlsIn(options.variables), options.onSecret);
  const found: Problem[] = [];
  const settings = settingsShape.read(withOverrides, { path: "", problems: found });
  const problems = [...filled.problems, ...withoutConsequences(found, filled.problems)];
  if (settings !== undefined && problems.length === 0) problems.push(...findContradictions(settings, options));
  const origins = createOrigins({ environment, sources: filled.sources, path: file?.path });
  const writtenAs = (key: string) => (onLedger.has(key) ? ledgerKey : key);
  const originOf: Origins["originOf"] = (key) => origins.originOf(writtenAs(key));
  if (settings === undefined || problems.length > 0)
    return { problems: linesOf(problems, (key) => origins.placeOf(writtenAs(key))) };

  const describeGap = async () => {
    if (Object.keys(settings.dependencies).length > 0 || settings.requireDependencies === false) return undefined;
    const { describeMissingIngredient } = await import("./ingredients.ts");
    return describeMissingIngredient({ environment, workingDirectory: options.workingDirectory, path: file?.path });
  };
  if (settings.requireDependencies === true) await refuseNothingToCheck(settings, describeGap);
  const loaded: Loaded = {
    describeGap,
    settings: withAppDefaults(settings, environment, options.workingDirectory),
    path: file?.path,
    warnings: [
      ...hiddenFile(file),
      ...unknownVariables(settingsShape.fields ?? {}, environment, ["SEAWORTHY_CONFIG"]),
      ...urlWarnings(settings),
    ],
    hidden: hiddenVariables(environment.names(), filled.used),
    originOf,
    sourceOf(key) {
      const isFromImage = key === "app.version" && settings.app.version === undefined;
      return origins.sourceOf(writtenAs(key), isFromImage ? "APP_VERSION" : undefined);
    },
    isOnLedger: (name) => onLedger.has(`dependencies.${name}.url`),
  };
  return { loaded, problems: [] };
}

/** Leaves out what is only wrong because a variable could not be filled in there. */
function withoutConsequences(found: readonly Problem[], unfilled: readonly Problem[]): readonly Problem[] {
  if (unfilled.length === 0) return found;
  const isInside = (inner: string, outer: string) =>
    inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
  return found.filter(({ path }) => !unfilled.some((one) => isInside(one.path, path) || isInside(path, one.path)));
}

/** A file in an image's working directory silently replaced the one that was mounted for the deployment. */
function hiddenFile(file: ConfigFile | undefined): readonly string[] {
  if (file?.hides === undefined) return [];
  const { path, hides } = file;
  return [
    `${path} is read, and ${hides} is not. Set SEAWORTHY_CONFIG to the one that counts, or remove the other one.`,
  ];
}

async function refuseNothingToCheck(
  { dependencies }: Pick<Settings, "dependencies">,
  describeGap: Loaded["describeGap"],
): Promise<void> {
  if (Object.keys(dependencies).length > 0) return;
  const gap = await describeGap();
  throw new Failure(
    ExitCode.configuration,
    "requireDependencies is true, but there is no dependency. Set DATABASE_URL and add a folder ./migrations, or write `dependencies:` into a seaworthy.yaml.",
    { details: gap === undefined ? [] : [gap] },
  );
}

/** Without a file, one variable may fill several values: its problem is named once. */
function linesOf(problems: readonly Problem[], placeOf: Origins["placeOf"]): readonly ProblemLine[] {
  const lines = problems.map(({ path, message, unset }) => [`${placeOf(path)}: ${message}`, unset] as const);
  return [...new Map(lines)].map(([line, unset]) => ({ line, isUnset: unset !== undefined }));
}

export async function openEnvironment({
  variables,
  workingDirectory,
  onSecret,
}: Omit<LoadOptions, "forUpgrade">): Promise<Environment> {
  const path = join(workingDirectory, ".env");
  if (!existsSync(path)) return createEnvironment(variables, {}, onSecret);
  const { parse } = await import("dotenv");
  return createEnvironment(variables, parse(readDotenv(path)), onSecret);
}

function readDotenv(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const fix = "Make it readable for the container's user, or leave it out of the image.";
    throw new Failure(ExitCode.configuration, `cannot read ${path}: ${messageOf(error)}. ${fix}`, { cause: error });
  }
  return decodeFile(path, bytes);
}

/** Without a file, DATABASE_URL and a folder ./migrations are enough. An upgrade may have its own credentials. */
function withoutFile(environment: Environment, workingDirectory: string): unknown {
  const found = Boolean(environment.get("DATABASE_URL")) && existsSync(join(workingDirectory, "migrations"));
  if (!found) return onLedgerAlone(environment, workingDirectory);
  const dependencies = { schema: { kind: "schema", url: "${DATABASE_URL}", migrations: "./migrations" } };
  const names = environment.names();
  const hasOwn = ["UPGRADE_DATABASE_URL", "UPGRADE_DATABASE_URL_FILE"].some((name) => names.includes(name));
  // Otherwise the upgrade uses the schema's URL; setting it here too would report a problem with it twice.
  return hasOwn ? { dependencies, upgrade: { url: "${UPGRADE_DATABASE_URL:-${DATABASE_URL}}" } } : { dependencies };
}

/** An app without a database: its migrations are programs. `SEAWORTHY_UPGRADE_LEDGER` is read later, like every override. */
function onLedgerAlone(environment: Environment, workingDirectory: string): unknown {
  const isSet = Boolean(environment.get("SEAWORTHY_UPGRADE_LEDGER"));
  if (!isSet || !existsSync(join(workingDirectory, "migrations"))) return {};
  return { dependencies: { schema: { kind: "schema", migrations: "./migrations" } } };
}

function withAppDefaults(
  settings: Infer<typeof settingsShape>,
  environment: Environment,
  workingDirectory: string,
): Settings {
  const complete = settings.app.name !== undefined && settings.app.version !== undefined;
  const manifest = complete ? {} : readManifest(join(workingDirectory, "package.json"));
  const name = settings.app.name ?? manifest["name"] ?? "app";
  const version = settings.app.version ?? (environment.get("APP_VERSION") || undefined) ?? manifest["version"];
  return Object.freeze({
    ...settings,
    app: Object.freeze({ ...settings.app, name, ...(version !== undefined && { version }) }),
  });
}

/** The texts in a package.json. An unreadable one is not a problem of seaworthy. */
export function readManifest(path: string): Readonly<Record<string, string | undefined>> {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (!isMap(manifest)) return {};
    return Object.fromEntries(
      Object.entries(manifest).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return {};
  }
}

/** A hook may print its environment, so its URLs are redacted too. */
function urlsIn(variables: Variables): readonly (string | undefined)[] {
  return Object.values(variables).filter((value) => value?.includes("://"));
}

/** Redacts the password of every URL from now on, as written and as decoded. */
function collectSecrets(value: unknown, onSecret: (secret: string) => void): void {
  if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) collectSecrets(item, onSecret);
  } else if (typeof value === "string" && /@|password=/i.test(value)) {
    for (const secret of passwordsIn(value)) onSecret(secret);
  }
}
