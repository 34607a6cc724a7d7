import type { Loaded } from "../src/config/load.ts";
import type { LookContext } from "../src/dependencies/kinds/kind.ts";
import { limitLook } from "../src/dependencies/limit-look.ts";
import type { Session } from "../src/kernel/database.ts";
import { systemClock } from "../src/platform/clock.ts";
import { spawnExactly } from "../src/platform/processes/launch.ts";
import type { DependencyCheck } from "../src/targets/targets.ts";
import { appEnvironment } from "./app.ts";
import type { Context } from "./context.ts";
import type { PreparedDependency } from "./prepare-dependencies.ts";
import { lookAtSource, upgradeHint } from "./schema-kind.ts";
import { isPostgres, loadDriver, openToolDatabase } from "./sessions.ts";

type Schema = Extract<PreparedDependency, { kind: "schema" }>;

export interface CheckOptions {
  readonly openPostgres: (url: string) => Promise<Session>;
  /** How long one session or one look may take. */
  readonly timeoutMs: number;
}

/** The checks of an upgrade: every schema, and the dependencies that `upgrade.verify` names, as the health check sees them. */
export function upgradeChecks(
  prepared: readonly PreparedDependency[],
  loaded: Loaded,
  context: Context,
  options: CheckOptions,
): readonly DependencyCheck[] {
  const { settings } = loaded;
  const listed = new Set(settings.upgrade.verify);
  const lookContext = {
    appVersion: settings.app.version,
    upgradeHint: upgradeHint(settings),
    environment: appEnvironment(loaded, context),
    workingDirectory: context.workingDirectory,
    spawn: spawnExactly,
    adopt: () => {},
    redact: context.redact,
  };
  return prepared
    .filter(({ name, kind }) => kind === "schema" || listed.has(name))
    .map((dependency) => {
      const { name, kind } = dependency;
      const common = { name, isListed: listed.has(name), isLocal: kind === "file" || kind === "command" };
      return dependency.kind === "schema"
        ? { ...common, url: dependency.settings.url, look: lookAtSchema(dependency, lookContext, options) }
        : { ...common, url: undefined, look: lookAtOther(dependency, lookContext, options) };
    });
}

/** Looks at a schema, through the given session if there is one. */
function lookAtSchema(
  schema: Schema,
  context: Pick<LookContext, "appVersion" | "upgradeHint">,
  { openPostgres, timeoutMs }: CheckOptions,
): DependencyCheck["look"] {
  return async (given) => {
    const lent = given && { ...given, close: async () => {} };
    const open = openAny(openPostgres, timeoutMs);
    const run = await lookAtSource(schema, context, { any: async (url) => lent ?? open(url) });
    return limitLook(run, 2 * timeoutMs, systemClock)();
  };
}

function lookAtOther(
  dependency: PreparedDependency,
  context: Omit<LookContext, "sessions">,
  { openPostgres, timeoutMs }: CheckOptions,
): DependencyCheck["look"] {
  const sessions = { postgres: openPostgres, any: openAny(openPostgres, timeoutMs), loadDriver };
  return async () => {
    const { verdict, ...seen } = await limitLook(
      await dependency.openLook({ ...context, sessions }),
      timeoutMs,
      systemClock,
    )();
    return { ...seen, verdict, ...(seen.reason !== undefined && { reason: context.redact(seen.reason) }) };
  };
}

const openAny = (openPostgres: CheckOptions["openPostgres"], timeoutMs: number) => async (url: string) =>
  isPostgres(url) ? openPostgres(url) : openToolDatabase(url, timeoutMs);
