import type { Loaded } from "../src/config/load.ts";
import type { Observation } from "../src/kernel/observation.ts";
import { appEnvironment } from "./app.ts";
import type { Context } from "./context.ts";
import { prepareDependencies } from "./dependencies.ts";
import { upgradeHint, watchDependencies } from "./looks.ts";
import { openLookSessions } from "./sessions.ts";

export interface Look extends Observation {
  readonly name: string;
  readonly kind: string;
  /** False: whatever it says, it only warns. */
  readonly critical: boolean;
}

/** Returns what looks once at every dependency: the same look that the monitor takes. */
export async function lookOnce(loaded: Loaded, context: Context): Promise<() => Promise<readonly Look[]>> {
  const { settings } = loaded;
  const { workingDirectory } = context;
  const { dependencies } = watchDependencies(await prepareDependencies(settings, context), {
    appVersion: settings.app.version,
    upgradeHint: upgradeHint(settings),
    open: openLookSessions(settings.app, context.variables),
    environment: appEnvironment(loaded, context),
    workingDirectory,
    adopt: () => {},
    redact: context.redact,
  });
  return () =>
    Promise.all(
      dependencies.map(async ({ name, kind, critical, look }) => ({ name, kind, critical, ...(await look()) })),
    );
}

/** Those that keep the health check from passing. */
export function failing(looks: readonly Look[]): readonly Look[] {
  return looks.filter(({ critical, verdict }) => critical && verdict !== "compatible");
}
