import type { Loaded } from "../src/config/load.ts";
import { ExitCode, Failure } from "../src/kernel/failure.ts";
import type { Observation } from "../src/kernel/observation.ts";
import { spawnExactly } from "../src/platform/processes/launch.ts";
import { appEnvironment } from "./app.ts";
import type { Context } from "./context.ts";
import { prepareDependencies } from "./prepare-dependencies.ts";
import { interruptOnSignals } from "./interruption.ts";
import { upgradeHint } from "./schema-kind.ts";
import { watchDependencies } from "./watched-dependencies.ts";
import { openLookSessions } from "./sessions.ts";

export interface Look extends Observation {
  readonly name: string;
  readonly kind: string;
  /** If false, its result can only be a warning. */
  readonly critical: boolean;
}

/** Returns a function that looks once at every dependency, as the monitor does. Throws a Failure (143) if interrupted. */
export async function lookOnce(loaded: Loaded, context: Context): Promise<() => Promise<readonly Look[]>> {
  const { settings } = loaded;
  const { workingDirectory } = context;
  const { dependencies, settle } = watchDependencies(await prepareDependencies(loaded, context), {
    appVersion: settings.app.version,
    upgradeHint: upgradeHint(settings),
    open: openLookSessions(settings.app, context.variables),
    environment: appEnvironment(loaded, context),
    workingDirectory,
    spawn: spawnExactly,
    adopt: () => {},
    redact: context.redact,
  });
  const interrupted = interruption(settle);
  const lookAtAll = () =>
    Promise.all(
      dependencies.map(async ({ name, kind, critical, look }) => ({ name, kind, critical, ...(await look()) })),
    );
  return () => Promise.race([lookAtAll(), interrupted]);
}

/** Rejects at a stop signal, after all sessions are closed. */
function interruption(settle: () => Promise<void>): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = async () => {
    await settle();
    reject(new Failure(ExitCode.interrupted, "interrupted"));
  };
  interruptOnSignals().addEventListener("abort", () => void end(), { once: true });
  promise.catch(() => {});
  return promise;
}

/** The dependencies that make the health check fail. */
export function failing(looks: readonly Look[]): readonly Look[] {
  return looks.filter(({ critical, verdict }) => critical && verdict !== "compatible");
}
