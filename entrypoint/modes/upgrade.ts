import type { Settings } from "../../src/config/settings.ts";
import { parseListen } from "../../src/health/listen.ts";
import { ownHistory } from "../../src/histories/own.ts";
import { releases } from "../../src/histories/releases.ts";
import { ExitCode, Failure, messageOf } from "../../src/kernel/failure.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { locate } from "../../src/platform/commands.ts";
import { upgrade, type UpgradeTarget } from "../../src/upgrade/upgrade.ts";
import type { Context } from "../context.ts";
import { prepareDependencies, type PreparedDependency } from "../dependencies.ts";
import { openUpgradeSessions } from "../sessions.ts";
import { captureSignals } from "../signals.ts";

/** Runs hooks and migrations once across all instances, and returns the exit code. */
export async function runUpgrade({ configPath }: { readonly configPath?: string }, context: Context): Promise<number> {
  const interruption = interruptOnSignals();
  const { settings } = await context.loadSettings({ configPath, forUpgrade: true });
  const { app, upgrade: options } = settings;
  const targets = targetsOf(await prepareDependencies(settings), options.url);
  refuseImpossible(settings, targets, context.variables["PATH"]);
  await answerProbes(settings, context);
  try {
    await upgrade({
      ...options,
      app,
      targets,
      releases,
      openSession: openUpgradeSessions(app),
      hookEnvironment: (from) => hookEnvironment(context, settings, targets, from),
      onHookLine: context.printLine,
      clock: systemClock,
      random: Math.random,
      log: context.log,
      signal: interruption,
    });
    return ExitCode.ok;
  } catch (error) {
    if (!interruption.aborted) throw error;
    const cause = error instanceof Failure ? ` (${error.message})` : "";
    throw new Failure(
      ExitCode.interrupted,
      `the upgrade was interrupted; what was running is rolled back, what was applied is kept. Run --upgrade again${cause}.`,
      { cause: error },
    );
  }
}

function interruptOnSignals(): AbortSignal {
  const controller = new AbortController();
  captureSignals().handleWith((signal) => {
    if (signal === "SIGTERM" || signal === "SIGINT" || signal === "SIGQUIT" || signal === "SIGHUP") controller.abort();
  });
  return controller.signal;
}

/** One target a database: schemas with the same URL share it, its lock and its record. */
function targetsOf(prepared: readonly PreparedDependency[], upgradeUrl: string | undefined): readonly UpgradeTarget[] {
  const urls = new Set(prepared.map(({ settings }) => settings.url));
  if (upgradeUrl !== undefined && urls.size > 1) {
    throw new Failure(
      ExitCode.configuration,
      `upgrade.url stands for one database, but the dependencies have ${urls.size} different URLs. Remove upgrade.url, or give the dependencies one URL.`,
    );
  }
  if (upgradeUrl !== undefined && urls.size === 0) urls.add(upgradeUrl);
  return [...urls].toSorted().map((url) => ({
    url: upgradeUrl ?? url,
    schemas: prepared.flatMap((dependency) =>
      "migrations" in dependency && dependency.settings.url === url
        ? [{ migrations: dependency.migrations, history: ownHistory(dependency.settings.table) }]
        : [],
    ),
  }));
}

/** Found before anything is changed, so that nothing is half done. */
function refuseImpossible(
  { app, upgrade: { before, after } }: Settings,
  targets: readonly UpgradeTarget[],
  path: string | undefined,
): void {
  if (targets.length === 0) {
    throw new Failure(
      ExitCode.configuration,
      "there is nothing to upgrade: no dependency of kind schema or release, and no upgrade.url. Set DATABASE_URL and add a ./migrations folder, or write a seaworthy.yaml.",
    );
  }
  const hooks = [
    ...before.map((command, index) => [`upgrade.before[${index}]`, command] as const),
    ...after.map((command, index) => [`upgrade.after[${index}]`, command] as const),
  ];
  for (const [key, [file = ""]] of hooks) {
    if (locate(file, path) === undefined) {
      throw new Failure(
        ExitCode.configuration,
        `${key}: cannot find the command ${JSON.stringify(file)}. Check the spelling, and that the image holds it. Nothing was changed.`,
      );
    }
  }
  if (hooks.length > 0 && app.version === undefined) {
    throw new Failure(
      ExitCode.configuration,
      `${hooks[0]?.[0]}: hooks run once a release, and this image has no version. Set app.version or APP_VERSION.`,
    );
  }
}

/** Swarm and ECS end a task that looks unhealthy, also one that is migrating: so say that all is well. */
async function answerProbes({ app, health }: Settings, { log }: Context): Promise<void> {
  if (health === false) return;
  const { serveHealth } = await import("../../src/health/server.ts");
  const view = { app, phase: "upgrade", status: "pass", checks: [], processes: [] } as const;
  await serveHealth(parseListen(health.listen), () => view).catch((error: unknown) => {
    log.debug(`no health endpoint during the upgrade: ${messageOf(error)}`);
  });
}

function hookEnvironment(
  { variables }: Context,
  { app, upgrade: { url } }: Settings,
  targets: readonly UpgradeTarget[],
  from: string | undefined,
): Readonly<Record<string, string>> {
  const given = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(given),
    DATABASE_URL: url ?? targets[0]?.url ?? "",
    SEAWORTHY_FROM: from ?? "",
    SEAWORTHY_TO: app.version ?? "",
  };
}
