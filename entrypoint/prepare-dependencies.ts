import { resolve } from "node:path";
import type { DependencySettings, Settings } from "../src/config/settings.ts";
import { parseHostPort } from "../src/health/listen.ts";
import { ExitCode, Failure, messageOf } from "../src/kernel/failure.ts";
import { nearest } from "../src/kernel/nearest.ts";
import type { Context } from "./context.ts";
import { schemaSource, type SchemaSource } from "./schema-source.ts";
import { parseRelease, type VersionScheme } from "../src/versions/parse.ts";
import { serverProducts } from "../src/versions/product.ts";
import { meaninglessSuffix, parseRange, type VersionRange } from "../src/versions/range.ts";
import { headerSecrets } from "../src/dependencies/kinds/header-secrets.ts";

type OfKind<K extends DependencySettings["kind"]> = {
  readonly name: string;
  readonly kind: K;
  readonly settings: Extract<DependencySettings, { kind: K }>;
};

/** A dependency with everything that its settings refer to checked: nothing of the network was touched. */
export type PreparedDependency =
  | (OfKind<"schema"> & { readonly source: SchemaSource })
  | (OfKind<"release"> & { readonly app: string; readonly requires: VersionRange })
  | (OfKind<"server"> & { readonly requires: VersionRange })
  | (OfKind<"http"> & { readonly requires: VersionRange })
  | (OfKind<"file"> & { readonly requires: VersionRange })
  | (OfKind<"command"> & { readonly requires: VersionRange })
  | (OfKind<"tcp"> & { readonly host: string; readonly port: number });

/** Throws a Failure (78) for a folder that is missing or empty, and for a range that cannot be read. */
export async function prepareDependencies(
  { app, dependencies }: Settings,
  { workingDirectory, log, addSecret }: Pick<Context, "workingDirectory" | "log" | "addSecret">,
): Promise<readonly PreparedDependency[]> {
  for (const settings of Object.values(dependencies)) {
    if (settings.kind === "http") for (const secret of headerSecrets(settings.headers)) addSecret(secret);
  }
  if (app.ready !== undefined && "app" in dependencies) {
    throw new Failure(
      ExitCode.configuration,
      "dependencies.app has the name under which app.ready is shown. Give the dependency another name.",
    );
  }
  const prepared = await Promise.all(
    Object.entries(dependencies).map(([name, settings]) =>
      prepare(name, settings, app, workingDirectory, (sentence) => log.info(sentence)),
    ),
  );
  refuseSharedTable(prepared);
  return prepared;
}

async function prepare(
  name: string,
  settings: DependencySettings,
  app: Settings["app"],
  workingDirectory: string,
  onFound: (sentence: string) => void,
): Promise<PreparedDependency> {
  const key = `dependencies.${name}`;
  switch (settings.kind) {
    case "schema": {
      const source = await schemaSource(key, settings, workingDirectory, (sentence) => onFound(`${name}: ${sentence}`));
      return { name, kind: settings.kind, settings, source };
    }
    case "release": {
      const requires = await readRange(key, settings.requires ?? ownRelease(key, app), settings.scheme, "app");
      return { name, kind: settings.kind, settings, requires, app: settings.app ?? app.name };
    }
    case "tcp":
      return { name, kind: settings.kind, settings, ...parseHostPort(settings.address) };
    case "server": {
      const requires = await readRange(key, settings.requires, settings.scheme);
      checkServerProduct(key, requires);
      return { name, kind: settings.kind, settings, requires };
    }
    case "http": {
      checkExtraction(key, settings);
      const { ca, scheme } = settings;
      const requires = await readRange(key, settings.requires, scheme);
      const absolute = ca === undefined ? settings : { ...settings, ca: resolve(workingDirectory, ca) };
      return { name, kind: settings.kind, settings: absolute, requires };
    }
    case "command":
      checkExtraction(key, settings);
      return {
        name,
        kind: settings.kind,
        settings,
        requires: await readRange(key, settings.requires, settings.scheme),
      };
    case "file": {
      checkExtraction(key, settings);
      const path = resolve(workingDirectory, settings.path);
      return {
        name,
        kind: settings.kind,
        settings: { ...settings, path },
        requires: await readRange(key, settings.requires, settings.scheme),
      };
    }
  }
}

function ownRelease(key: string, { version }: Settings["app"]): string {
  if (version === undefined) {
    const fix = "Set one of them, or APP_VERSION";
    throw new Failure(
      ExitCode.configuration,
      `${key}.requires is missing, and there is no app.version to take instead. ${fix}.`,
    );
  }
  if (parseRelease(version) === undefined) {
    const received = JSON.stringify(version);
    throw new Failure(
      ExitCode.configuration,
      `app.version: expected a version, as in 2.3.0, received ${received}. Set it, or ${key}.requires.`,
    );
  }
  return `>=${version}`;
}

async function readRange(
  key: string,
  text: string,
  scheme: VersionScheme,
  of: "product" | "app" = "product",
): Promise<VersionRange> {
  const range = await parseRange(text, scheme, of);
  if (range !== undefined) return range;
  const schemed = scheme === "auto" ? "" : ` of the scheme ${scheme}`;
  const expected = `a version range${schemed}, as in ${scheme === "integer" ? '">=7"' : '">=2.1.0" or "^2.1"'}`;
  const suffix = of === "product" ? meaninglessSuffix(text) : undefined;
  const fix = suffix === undefined ? "" : `. ${suffix} says nothing of the order of versions: leave it out`;
  throw new Failure(
    ExitCode.configuration,
    `${key}.requires: expected ${expected}, received ${JSON.stringify(text)}${fix}`,
  );
}

/** A database or a cache is one of few products: another word is a mistake. */
function checkServerProduct(key: string, { product }: VersionRange): void {
  if (product === undefined || serverProducts.some((known) => known === product)) return;
  const meant = nearest(product, serverProducts);
  const advice = meant === undefined ? `one of ${serverProducts.join(", ")}` : `did you mean ${meant}?`;
  throw new Failure(ExitCode.configuration, `${key}.requires: ${product} is not a known product; ${advice}`);
}

interface ExtractionSettings {
  readonly header?: string;
  readonly pointer?: string;
  readonly pattern?: string;
}

function checkExtraction(key: string, { header, pointer, pattern }: ExtractionSettings): void {
  if (header !== undefined && pointer !== undefined) {
    throw new Failure(ExitCode.configuration, `${key}: header and pointer exclude each other. Keep one of them.`);
  }
  try {
    RegExp(pattern ?? "", "m");
  } catch (error) {
    throw new Failure(ExitCode.configuration, `${key}.pattern: expected a regular expression: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Two folders in one history table: a name in both would count as applied when only one is. */
function refuseSharedTable(prepared: readonly PreparedDependency[]): void {
  // The one that there usually is may have ten thousand.
  if (prepared.filter(({ kind }) => kind === "schema").length < 2) return;
  const seen = new Map<string, string>();
  for (const dependency of prepared) {
    if (dependency.kind !== "schema" || dependency.source.recordedBy !== "seaworthy") continue;
    const { table, migrations } = dependency.source;
    for (const { name } of migrations) {
      const key = JSON.stringify([dependency.settings.url, table, name]);
      const other = seen.get(key);
      if (other !== undefined) {
        throw new Failure(
          ExitCode.configuration,
          `the migration ${name} stands in dependencies.${other} and dependencies.${dependency.name}, which share one history table. Give each its own \`table:\`, or rename the migration.`,
        );
      }
      seen.set(key, dependency.name);
    }
  }
}
