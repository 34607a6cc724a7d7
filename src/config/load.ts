import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { createEnvironment, type Environment, type Variables } from "./environment.ts";
import { findConfigFile, parseConfigFile } from "./file.ts";
import { interpolate } from "./interpolate.ts";
import { applyOverrides, unknownVariables } from "./override.ts";
import { isMap, type Infer, type Problem } from "./shape.ts";
import { settingsShape, type Settings } from "./settings.ts";
import { hiddenVariables } from "./scrub.ts";

export interface LoadOptions {
  /** `--config`. Default: $SEAWORTHY_CONFIG, else the working directory's, else /etc/seaworthy's. */
  readonly configPath?: string | undefined;
  readonly variables: Variables;
  readonly workingDirectory: string;
  /** Only an upgrade needs what only `upgrade:` names: elsewhere its credentials need not be there. */
  readonly forUpgrade: boolean;
  readonly onSecret: (secret: string) => void;
}

export interface Loaded {
  readonly settings: Settings;
  /** The file that was read, or undefined where there is none. */
  readonly path: string | undefined;
  readonly warnings: readonly string[];
  /** Variables that the app must not see: ours, and the upgrade's credentials. */
  readonly hidden: ReadonlySet<string>;
}

/** Reads, fills and validates the configuration. Every problem is found before anything is started: exit 78. */
export async function loadSettings(options: LoadOptions): Promise<Loaded> {
  const environment = await openEnvironment(options);
  const file = findConfigFile(options.configPath ?? environment.get("SEAWORTHY_CONFIG"), options.workingDirectory);
  const raw = file ? await parseConfigFile(file) : withoutFile(environment, options.workingDirectory);
  const lenient = new Set(options.forUpgrade ? [] : ["upgrade"]);
  const filled = interpolate(raw, { environment, lenient });
  collectSecrets(filled.value, options.onSecret);

  const problems: Problem[] = [...filled.problems];
  const withOverrides = applyOverrides(filled.value, settingsShape.fields ?? {}, environment);
  const settings = problems.length === 0 ? settingsShape.read(withOverrides, { path: "", problems }) : undefined;
  if (settings === undefined) throw refusal(file?.path ?? "environment", problems);

  return {
    settings: withAppDefaults(settings, environment, options.workingDirectory),
    path: file?.path,
    warnings: unknownVariables(settingsShape.fields ?? {}, environment, ["SEAWORTHY_CONFIG"]),
    hidden: hiddenVariables(environment.names(), filled.used),
  };
}

function refusal(origin: string, problems: readonly Problem[]): Failure {
  const [first = "", ...details] = problems.map(
    ({ path, message }) => `${origin}: ${path === "" ? "" : `${path}: `}${message}`,
  );
  return new Failure(ExitCode.configuration, first, { details });
}

async function openEnvironment({ variables, workingDirectory, onSecret }: LoadOptions): Promise<Environment> {
  const path = join(workingDirectory, ".env");
  if (!existsSync(path)) return createEnvironment(variables, {}, onSecret);
  const { parse } = await import("dotenv");
  return createEnvironment(variables, parse(readFileSync(path)), onSecret);
}

/** Without a file, DATABASE_URL and a folder ./migrations are enough. */
function withoutFile(environment: Environment, workingDirectory: string): unknown {
  const found = Boolean(environment.get("DATABASE_URL")) && existsSync(join(workingDirectory, "migrations"));
  return found
    ? { dependencies: { schema: { kind: "schema", url: "${DATABASE_URL}", migrations: "./migrations" } } }
    : {};
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
  return Object.freeze({ ...settings, app: Object.freeze(version === undefined ? { name } : { name, version }) });
}

/** A package.json that cannot be read is the app's business, not ours. */
function readManifest(path: string): Readonly<Record<string, string | undefined>> {
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

/** The password of every URL in the configuration is hidden from now on, as written and as decoded. */
function collectSecrets(value: unknown, onSecret: (secret: string) => void): void {
  if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) collectSecrets(item, onSecret);
  } else if (typeof value === "string" && value.includes("://")) {
    for (const secret of passwordsOf(value)) onSecret(secret);
  }
}

function passwordsOf(text: string): readonly string[] {
  const url = URL.parse(text);
  if (url === null || url.password === "") return [];
  // A password that is also the user's or the database's name is no secret that hiding would keep.
  if ([url.username, url.hostname, url.pathname.slice(1)].includes(url.password)) return [];
  return [url.password, safeDecode(url.password)];
}

function safeDecode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
