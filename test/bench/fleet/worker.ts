import { createContext } from "../../../entrypoint/context.ts";
import { monitorDependencies, type DependencyMonitor } from "../../../entrypoint/dependency-monitor.ts";
import { prepareDependencies } from "../../../entrypoint/prepare-dependencies.ts";
import type { Log } from "../../../src/kernel/log.ts";
import { spawnExactly } from "../../../src/platform/processes/launch.ts";

/** What a worker tells the bench: the time, in milliseconds since 1970, at which an instance got this status. */
export interface StatusChange {
  readonly instance: number;
  readonly status: string;
  readonly at: number;
}

/**
 * Runs many instances in one process: all that an instance does with its database, and nothing else. Started with the
 * path of the configuration, the number of instances, and the time over which they start, in milliseconds.
 */
async function run([configPath, count, spreadMs]: readonly string[]): Promise<void> {
  const context = createContext(process.env);
  const loaded = await context.loadSettings({ configPath, forUpgrade: false });
  const dependencies = await prepareDependencies(loaded, context);
  const nothing = () => {};
  const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, progress: nothing };
  const looks = {
    environment: process.env,
    workingDirectory: context.workingDirectory,
    spawn: spawnExactly,
    adopt: nothing,
  };
  const start = (instance: number): DependencyMonitor => {
    let status: string | undefined;
    const one: DependencyMonitor = monitorDependencies({
      settings: loaded.settings,
      dependencies,
      context: { ...context, log },
      looks,
      onLook() {
        const now = one.monitor.status();
        if (now === status) return;
        status = now;
        process.send?.({ instance, status: now, at: Date.now() } satisfies StatusChange);
      },
      onUpgrade: nothing,
    });
    one.start();
    return one;
  };
  for (let instance = 0; instance < Number(count); instance++)
    setTimeout(() => start(instance), (Number(spreadMs) * instance) / Number(count));
}

process.on("disconnect", () => process.exit(0));
await run(process.argv.slice(2));
