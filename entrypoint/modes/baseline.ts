import { createTables } from "../../src/ledger/postgres/tables/own-tables.ts";
import { ExitCode } from "../../src/kernel/failure.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { baseline } from "../../src/upgrade/baseline.ts";
import type { Context } from "../context.ts";
import { prepareDependencies } from "../prepare-dependencies.ts";
import { interruptOnSignals, whileUninterrupted } from "../interruption.ts";
import { openUpgradeSessions } from "../sessions.ts";
import { upgradeTargets } from "../targets.ts";
import { upgradeLooks } from "../upgrade-schemas.ts";

interface BaselineCommand {
  readonly name: string;
  readonly configPath?: string;
}

/** Adopts a database that was built before seaworthy. */
export async function runBaseline({ name, configPath }: BaselineCommand, context: Context): Promise<number> {
  const signal = interruptOnSignals();
  const loaded = await context.loadSettings({ configPath, forUpgrade: true });
  const { settings } = loaded;
  const dependencies = await prepareDependencies(loaded, context);
  const targets = await upgradeTargets(loaded, dependencies);
  return whileUninterrupted(signal, async () => {
    await baseline({
      ...settings.upgrade,
      ...upgradeLooks(settings, dependencies, context.variables),
      app: settings.app,
      targets,
      name,
      openSession: openUpgradeSessions(settings.app, context.variables),
      createTables,
      clock: systemClock,
      random: Math.random,
      log: context.log,
      signal,
    });
    return ExitCode.ok;
  });
}
