import type { Loaded } from "../src/config/load.ts";
import type { Settings } from "../src/config/settings.ts";
import { systemClock } from "../src/platform/clock.ts";
import type { Dependency } from "../src/targets/dependency.ts";
import { findTargets } from "../src/targets/find-targets.ts";
import type { Connections, Scope, UpgradeContext } from "../src/upgrade/request.ts";
import { findTools, type Tool } from "../src/targets/tools.ts";
import type { Context } from "./context.ts";
import { prepareDependencies, type PreparedDependency } from "./prepare-dependencies.ts";
import { openLookSessions, openUpgradeSessions } from "./sessions.ts";
import { findToolDatabases } from "./tool-databases.ts";
import { upgradeChecks } from "./upgrade-checks.ts";

/** The needs that --upgrade, --plan and --baseline share. */
export interface UpgradeScope {
  readonly settings: Settings;
  readonly scope: Scope;
  readonly connections: Connections;
  readonly tools: readonly Tool[];
  /** In the order of the configuration. */
  readonly dependencies: readonly Dependency[];
}

/** The timeout of a look during an upgrade, in milliseconds. */
const lookTimeoutMs = 5000;

/** Reads the configuration and finds the databases. Throws a Failure (78) if they cannot be upgraded. */
export async function loadScope(configPath: string | undefined, context: Context): Promise<UpgradeScope> {
  const loaded = await context.loadSettings({ configPath, forUpgrade: true });
  const { settings } = loaded;
  const { variables } = context;
  const prepared = await prepareDependencies(loaded, context);
  const schemas = prepared.filter((dependency) => dependency.kind === "schema");
  const dependencies = upgradedOf(loaded, prepared);
  const targets = await targetsOf(loaded, dependencies);
  const openHealthSession = openLookSessions(settings.app, variables)(lookTimeoutMs);
  return {
    settings,
    scope: {
      targets,
      toolDatabases: findToolDatabases(schemas, targets, { openPostgres: openHealthSession, timeoutMs: lookTimeoutMs }),
      checks: upgradeChecks(prepared, loaded, context, { openPostgres: openHealthSession, timeoutMs: lookTimeoutMs }),
      allowDifferentDatabase: settings.upgrade.allowDifferentDatabase,
    },
    connections: {
      openSession: openUpgradeSessions(settings.app, variables, settings.upgrade),
      openHealthSession,
      connectTimeoutSeconds: settings.upgrade.connectTimeoutSeconds,
    },
    tools: findTools(dependencies, settings.upgrade.migrate),
    dependencies,
  };
}

/** The parts of the process that a step of an upgrade needs. */
export function upgradeContext({ app }: Settings, { log }: Context, signal: AbortSignal): UpgradeContext {
  return { app, log, signal, clock: systemClock, random: Math.random };
}

/** The dependencies that an upgrade brings up to date. Another app's release is upgraded by its own image. */
function upgradedOf(
  { settings: { app }, isOnLedger }: Pick<Loaded, "settings" | "isOnLedger">,
  prepared: readonly PreparedDependency[],
): readonly Dependency[] {
  return prepared
    .filter((dependency) => dependency.kind === "schema" || dependency.kind === "release")
    .filter((dependency) => dependency.kind === "schema" || dependency.app === app.name)
    .map((dependency) => ({ ...dependency, isOnLedger: isOnLedger(dependency.name) }));
}

/** Throws a Failure (78) if an upgrade of this configuration would be refused before it connects. */
export async function refuseUnupgradable(loaded: Loaded, prepared: readonly PreparedDependency[]): Promise<void> {
  const { upgrade } = loaded.settings;
  const isMeant = [upgrade.url, upgrade.ledger, upgrade.migrate].some((one) => one !== undefined);
  const dependencies = upgradedOf(loaded, prepared);
  const isRunner = dependencies.some(({ source }) => source?.recordedBy === "seaworthy");
  if (isMeant || isRunner) await targetsOf(loaded, dependencies);
}

function targetsOf(
  { settings: { upgrade }, originOf, describeGap }: Pick<Loaded, "settings" | "originOf" | "describeGap">,
  dependencies: readonly Dependency[],
) {
  const { url: ownUrl, ledger: ledgerUrl, migrate } = upgrade;
  return findTargets({ dependencies, ownUrl, ledgerUrl, hasTool: migrate !== undefined, originOf, describeGap });
}
