import type { Loaded } from "../../src/config/load.ts";
import { ExitCode, Failure } from "../../src/kernel/failure.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { createProcesses } from "../../src/platform/processes.ts";
import { supervise } from "../../src/supervisor/supervisor.ts";
import type { Context } from "../context.ts";
import { prepareDependencies } from "../dependencies.ts";
import { reportFailure } from "../report.ts";
import { captureSignals } from "../signals.ts";

interface RunCommand {
  readonly command: readonly string[];
  readonly configPath?: string;
}

/** Starts the app, then everything that watches it. Returns the container's exit code. */
export async function run({ command, configPath }: RunCommand, context: Context): Promise<number> {
  const signals = captureSignals();
  const loaded = await context.loadSettings({ configPath, forUpgrade: false });
  const dependencies = await prepareDependencies(loaded.settings);
  const processes = createProcesses();
  const main = processes.spawnInherited(commandOf(command, loaded), { environment: appEnvironment(loaded, context) });

  // From here on the app runs: what follows is loaded while it starts.
  const watching = import("./watch.ts").then(({ watch }) =>
    watch({
      settings: loaded.settings,
      dependencies,
      context,
      isOurs: processes.isOurs,
      state: () => supervisor.state(),
    }),
  );
  let wasEverHealthy = () => false;
  const supervisor = supervise(main, {
    drainSeconds: 0,
    graceSeconds: 10,
    clock: systemClock,
    log: context.log,
    openLeftovers: async () => (await watching).leftovers,
    wasEverHealthy: () => wasEverHealthy(),
  });
  signals.handleWith(supervisor.handle);
  void watching.then((watched) => {
    wasEverHealthy = watched.wasEverHealthy;
    signals.onChildEnded(() => {
      watched.reapOrphans();
      supervisor.childEnded();
    });
    watched.reapOrphans();
    watched.served.catch((error: unknown) => supervisor.abandon(reportFailure(error, context.log)));
  });
  return supervisor.ended;
}

function commandOf(command: readonly string[], { settings, path }: Loaded): readonly string[] {
  if (command.length > 0) return command;
  if (settings.run !== undefined) return settings.run;
  const where = path === undefined ? "write `run:` into a seaworthy.yaml" : `write \`run:\` into ${path}`;
  throw new Failure(
    ExitCode.usage,
    `there is nothing to run: no command was given. Set the image's CMD, or ${where}. See seaworthy --help.`,
  );
}

function appEnvironment({ hidden }: Loaded, { variables }: Context): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !hidden.has(name)));
}
