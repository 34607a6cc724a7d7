import type { Settings } from "../../src/config/settings.ts";
import { parseListen } from "../../src/health/listen.ts";
import { createTables } from "../../src/ledger/postgres/tables/own-tables.ts";
import { releases } from "../../src/ledger/postgres/tables/releases.ts";
import { ExitCode, Failure, messageOf } from "../../src/kernel/failure.ts";
import { commandSessionName } from "../../src/ledger/postgres/session-names.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { launchOf } from "../../src/platform/processes/launch.ts";
import { upgrade } from "../../src/upgrade/upgrade.ts";
import type { Context } from "../context.ts";
import { prepareDependencies } from "../prepare-dependencies.ts";
import { databaseFor } from "../hook-database.ts";
import { handOnGivenDescriptors } from "../../src/platform/inheritance/inheritance.ts";
import { interruptOnSignals, whileUninterrupted } from "../interruption.ts";
import { openUpgradeSessions } from "../sessions.ts";
import { checkHooks, upgradeTargets } from "../targets.ts";
import { upgradeLooks } from "../upgrade-schemas.ts";

interface UpgradeCommand {
  readonly acceptDrift: readonly string[];
  readonly drainTimeoutSeconds: number;
  readonly configPath?: string;
}

/** Runs hooks and migrations once across all instances, and returns the exit code. */
export async function runUpgrade(command: UpgradeCommand, context: Context): Promise<number> {
  const descriptors = handOnGivenDescriptors(context);
  const signal = interruptOnSignals();
  const loaded = await context.loadSettings({ configPath: command.configPath, forUpgrade: true });
  const { settings } = loaded;
  const dependencies = await prepareDependencies(loaded, context);
  const targets = await upgradeTargets(loaded, dependencies);
  checkHooks(settings, context.variables["PATH"]);
  systemClock.after(answerProbesAfterMs, () => void answerProbes(settings, context));
  return whileUninterrupted(signal, async () => {
    await upgrade({
      ...settings.upgrade,
      ...command,
      app: settings.app,
      targets,
      releases,
      ...upgradeLooks(settings, dependencies, context.variables),
      openSession: openUpgradeSessions(settings.app, context.variables),
      createTables,
      hookEnvironment: (purpose, from) => ({
        ...givenVariables(context),
        DATABASE_URL: databaseFor(purpose, targets, dependencies, context.variables["DATABASE_URL"]),
        // What is left of its sessions, should it be killed, is known by this name.
        PGAPPNAME: commandSessionName(purpose, settings.app.name),
        SEAWORTHY_FROM: from ?? "",
        SEAWORTHY_TO: settings.app.version ?? "",
      }),
      launchHook: (plan) => launchOf({ ...plan, descriptors }),
      clock: systemClock,
      random: Math.random,
      log: context.log,
      signal,
    });
    return ExitCode.ok;
  });
}

/** Sooner than anybody asks, and later than an upgrade ends that finds nothing to do: loading a server costs time. */
const answerProbesAfterMs = 250;

/** Swarm and ECS end a task that looks unhealthy, also one that is migrating: so say that all is well. */
async function answerProbes({ app, health }: Settings, { log }: Context): Promise<void> {
  if (health === false) return;
  const { serveHealth } = await import("../../src/health/server.ts");
  const view = {
    app,
    phase: "upgrade",
    status: "pass",
    started: true,
    checks: [],
    processes: [],
    units: [],
    upgrades: 0,
    notes: [],
  } as const;
  const address = parseListen(health.listen);
  await serveHealth({ address, details: health.details, view: () => view, onError: log.warn }).catch(
    (error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      log.debug(`no health endpoint during the upgrade: ${messageOf(error)}`);
    },
  );
}

function givenVariables({ variables }: Context): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
