import type { Settings } from "../src/config/settings.ts";
import { ownHistory } from "../src/histories/own.ts";
import { ExitCode, Failure } from "../src/kernel/failure.ts";
import { locate } from "../src/platform/commands.ts";
import type { UpgradeTarget } from "../src/upgrade/ports.ts";
import type { PreparedDependency } from "./dependencies.ts";

/** The databases that an upgrade works on. Throws a Failure (78) for what cannot be. */
export function upgradeTargets(
  { app, upgrade: { url } }: Settings,
  prepared: readonly PreparedDependency[],
): readonly UpgradeTarget[] {
  // The release of another app is for its own image to upgrade.
  const ours = prepared
    .filter((dependency) => dependency.kind === "schema" || dependency.kind === "release")
    .filter((dependency) => dependency.kind === "schema" || dependency.app === app.name);
  const urls = new Set(ours.map(({ settings }) => settings.url));
  if (url !== undefined && urls.size > 1) {
    throw new Failure(
      ExitCode.configuration,
      `upgrade.url stands for one database, but the dependencies have ${urls.size} different URLs. Remove upgrade.url, or give the dependencies one URL.`,
    );
  }
  if (url !== undefined && urls.size === 0) urls.add(url);
  if (urls.size === 0) {
    throw new Failure(
      ExitCode.configuration,
      "there is nothing to upgrade: no dependency of kind schema or release, and no upgrade.url. Set DATABASE_URL and add a ./migrations folder, or write a seaworthy.yaml.",
    );
  }
  // One target a database, in one order everywhere: two upgrades that lock several never wait for each other.
  return [...urls].toSorted().map((ofDatabase) => ({
    url: url ?? ofDatabase,
    schemas: ours.flatMap((dependency) =>
      dependency.kind === "schema" && dependency.settings.url === ofDatabase
        ? [{ migrations: dependency.migrations, history: ownHistory(dependency.settings.table) }]
        : [],
    ),
  }));
}

/** Refuses hooks that could not be run, before anything is changed. */
export function checkHooks({ app, upgrade }: Settings, path: string | undefined): void {
  const stages = ["before", "after", "onFailure"] as const;
  const hooks = stages.flatMap((stage) =>
    upgrade[stage].map((hook, index) => ({ key: `upgrade.${stage}[${index}]`, hook })),
  );
  for (const { key, hook } of hooks) {
    const [file = ""] = hook.command;
    if (hook.workdir === undefined && locate(file, hook.environment["PATH"] ?? path) === undefined) {
      const fix = "Check the spelling, and that the image holds it";
      throw new Failure(
        ExitCode.configuration,
        `${key}: cannot find the command ${JSON.stringify(file)}. ${fix}. Nothing was changed.`,
      );
    }
  }
  if (hooks.length > 0 && app.version === undefined) {
    throw new Failure(
      ExitCode.configuration,
      `${hooks[0]?.key}: hooks run once a release, and this image has no version. Set app.version or APP_VERSION.`,
    );
  }
}
