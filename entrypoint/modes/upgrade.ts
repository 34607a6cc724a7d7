import type { Settings } from "../../src/config/settings.ts";
import { parseListen } from "../../src/health/listen.ts";
import { ExitCode, Failure, messageOf } from "../../src/kernel/failure.ts";
import { commandSessionName } from "../../src/ledger/postgres/session-names.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { handOnGivenDescriptors } from "../../src/platform/inheritance/inheritance.ts";
import { locate } from "../../src/platform/processes/commands.ts";
import { launchOf } from "../../src/platform/processes/launch.ts";
import { checkCommands } from "../../src/upgrade/check-commands.ts";
import { databaseFor } from "../../src/targets/command-database.ts";
import type { CommandRunner } from "../../src/upgrade/request.ts";
import { upgrade } from "../../src/upgrade/upgrade.ts";
import type { Context } from "../context.ts";
import { interruptOnSignals, whileUninterrupted } from "../interruption.ts";
import { loadScope, upgradeContext, type UpgradeScope } from "../upgrade-scope.ts";

interface UpgradeCommand {
  readonly acceptDrift: readonly string[];
  readonly drainTimeoutSeconds: number;
  readonly configPath?: string;
}

/** Runs hooks and migrations once across all instances, and returns the exit code. */
export async function runUpgrade(command: UpgradeCommand, context: Context): Promise<number> {
  const descriptors = handOnGivenDescriptors(context);
  const signal = interruptOnSignals();
  const found = await loadScope(command.configPath, context);
  const { settings, scope, connections, tools } = found;
  const hooks = { ...settings.upgrade, tools };
  checkCommands(hooks, {
    hasVersion: settings.app.version !== undefined,
    locate: (file, path) => locate(file, path ?? context.variables["PATH"]),
  });
  systemClock.after(answerProbesAfterMs, () => void answerProbes(settings, context));
  const runner: CommandRunner = {
    locate,
    environment: commandEnvironment(found, context),
    launch: (plan) => launchOf({ ...plan, descriptors }),
    redact: context.redact,
  };
  const limits = { ...settings.upgrade, drainTimeoutSeconds: command.drainTimeoutSeconds };
  const commands = { ...hooks, runner };
  return whileUninterrupted(signal, async () => {
    await upgrade(
      { scope, connections, commands, limits, acceptDrift: command.acceptDrift },
      upgradeContext(settings, context, signal),
    );
    return ExitCode.ok;
  });
}

/** The whole environment of a hook, or of the app's own migration tool. */
function commandEnvironment(
  { settings: { app, upgrade: settings }, scope: { targets }, dependencies }: UpgradeScope,
  context: Context,
): CommandRunner["environment"] {
  const { DATABASE_URL: given, ...others } = givenVariables(context);
  return (purpose, from) => {
    const url = databaseFor(purpose, { targets, dependencies, given, ledgerUrl: settings.ledger });
    return {
      ...others,
      ...(url !== undefined && { DATABASE_URL: url }),
      // If the command is killed, its leftover sessions are recognised by this name.
      PGAPPNAME: commandSessionName(purpose.kind === "tool" ? "migrate" : "hook", app.name),
      SEAWORTHY_FROM: from ?? "",
      SEAWORTHY_TO: app.version ?? "",
    };
  };
}

/** Before the first probe, but after an upgrade with nothing to do has ended: loading a server costs time. */
const answerProbesAfterMs = 250;

/** Swarm and ECS end an unhealthy task even while it migrates, so report it as healthy. */
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
