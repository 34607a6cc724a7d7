import { resolve } from "node:path";
import type { DependencySettings, Settings } from "../src/config/settings.ts";
import { readMigrationFolder, type MigrationFile } from "../src/histories/folder.ts";
import { ExitCode, Failure } from "../src/kernel/failure.ts";
import type { WatchedDependency } from "../src/health/monitor.ts";
import type { OpenSession } from "../src/dependencies/look.ts";
import { parseRange, type VersionRange } from "../src/versions/range.ts";

/** A dependency with everything that its settings refer to checked: nothing of the network was touched. */
export type PreparedDependency =
  | {
      readonly name: string;
      readonly settings: Extract<DependencySettings, { kind: "schema" }>;
      readonly migrations: readonly MigrationFile[];
    }
  | {
      readonly name: string;
      readonly settings: Extract<DependencySettings, { kind: "release" }>;
      readonly app: string;
      readonly requires: VersionRange;
    };

/** Throws a Failure (78) for a folder that is missing or empty, and for a range that cannot be read. */
export async function prepareDependencies(
  { app, dependencies }: Settings,
  workingDirectory: string,
): Promise<readonly PreparedDependency[]> {
  const prepared = await Promise.all(
    Object.entries(dependencies).map(([name, settings]) => prepare(name, settings, app, workingDirectory)),
  );
  refuseSharedTable(prepared);
  return prepared;
}

async function prepare(
  name: string,
  settings: DependencySettings,
  app: Settings["app"],
  workingDirectory: string,
): Promise<PreparedDependency> {
  if (settings.kind === "schema")
    return { name, settings, migrations: readMigrationFolder(resolve(workingDirectory, settings.migrations)) };
  const text = settings.requires ?? (app.version === undefined ? undefined : `>=${app.version}`);
  const key = `dependencies.${name}.requires`;
  if (text === undefined) {
    throw new Failure(
      ExitCode.configuration,
      `${key} is missing, and there is no app.version to take instead. Set one of them, or APP_VERSION.`,
    );
  }
  const requires = await parseRange(text);
  if (requires === undefined && settings.requires === undefined) {
    throw new Failure(
      ExitCode.configuration,
      `app.version: expected a version, as in 2.3.0, received ${JSON.stringify(app.version)}. Set it, or ${key}.`,
    );
  }
  if (requires === undefined) {
    throw new Failure(
      ExitCode.configuration,
      `${key}: expected a version range, as in ">=2.1.0" or "^2.1", received ${JSON.stringify(text)}`,
    );
  }
  return { name, settings, app: settings.app ?? app.name, requires };
}

/** Two folders in one history table: a name in both would count as applied when only one is. */
function refuseSharedTable(prepared: readonly PreparedDependency[]): void {
  const seen = new Map<string, string>();
  for (const dependency of prepared) {
    if (dependency.settings.kind !== "schema" || !("migrations" in dependency)) continue;
    for (const { name } of dependency.migrations) {
      const key = JSON.stringify([dependency.settings.url, dependency.settings.table, name]);
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

/** What the monitor and --status look at. The database driver is loaded at the first look. */
export function watchDependencies(
  prepared: readonly PreparedDependency[],
  { version: appVersion }: Settings["app"],
  open: OpenSession,
): readonly WatchedDependency[] {
  return prepared.map((dependency) => {
    const { name, settings } = dependency;
    return {
      name,
      kind: settings.kind,
      whenUnreachable: settings.whenUnreachable,
      look: lookOf(dependency, appVersion, open),
    };
  });
}

function lookOf(
  dependency: PreparedDependency,
  appVersion: string | undefined,
  open: OpenSession,
): WatchedDependency["look"] {
  if ("migrations" in dependency) {
    const { settings, migrations } = dependency;
    let wanted: readonly string[] | undefined;
    return async () => {
      const { expandOnly } = await import("../src/histories/tier.ts");
      wanted ??= expandOnly(migrations).map(({ name }) => name);
      const { lookAtSchema } = await import("../src/dependencies/schema.ts");
      const { ownHistory } = await import("../src/histories/own.ts");
      return lookAtSchema(open, { url: settings.url, appVersion, wanted, history: ownHistory(settings.table) });
    };
  }
  const { settings, app, requires } = dependency;
  return async () => {
    const { lookAtRelease } = await import("../src/dependencies/release.ts");
    const { releases } = await import("../src/histories/releases.ts");
    return lookAtRelease(open, { url: settings.url, app, requires, releases });
  };
}
