import type { Loaded } from "../src/config/load.ts";
import type { Settings } from "../src/config/settings.ts";
import { limitLook } from "../src/dependencies/limit-look.ts";
import type { LookSession, Session } from "../src/kernel/database.ts";
import { keepsLedger } from "../src/ledger/engines.ts";
import { findMysqlLeftovers } from "../src/ledger/mysql/leftovers.ts";
import { systemClock } from "../src/platform/clock.ts";
import { findTargets } from "../src/upgrade/find-targets.ts";
import type { Connections, Scope, UpgradeContext } from "../src/upgrade/request.ts";
import type { SchemaCheck, ToolDatabase } from "../src/upgrade/targets.ts";
import type { Context } from "./context.ts";
import { prepareDependencies, type PreparedDependency } from "./prepare-dependencies.ts";
import { lookAtSource, upgradeHint } from "./schema-kind.ts";
import { isPostgres, openLookSessions, openToolDatabase, openUpgradeSessions } from "./sessions.ts";

type Schema = Extract<PreparedDependency, { kind: "schema" }>;

/** The needs that --upgrade, --plan and --baseline share. */
export interface UpgradeScope {
  readonly settings: Settings;
  readonly scope: Scope;
  readonly connections: Connections;
  /** The URLs of all schemas, in the order of the configuration. */
  readonly schemaUrls: readonly string[];
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
  const openHealthSession = openLookSessions(settings.app, variables)(lookTimeoutMs);
  return {
    settings,
    scope: {
      targets: await targetsOf(loaded, prepared),
      toolDatabases: schemas.flatMap(toolDatabasesOf),
      checks: schemas.map((schema) => schemaCheck(schema, settings, openHealthSession)),
      allowDifferentDatabase: settings.upgrade.allowDifferentDatabase,
    },
    connections: {
      openSession: openUpgradeSessions(settings.app, variables),
      openHealthSession,
      connectTimeoutSeconds: settings.upgrade.connectTimeoutSeconds,
    },
    schemaUrls: schemas.map(({ settings: { url } }) => url),
  };
}

/** The parts of the process that a step of an upgrade needs. */
export function upgradeContext({ app }: Settings, { log }: Context, signal: AbortSignal): UpgradeContext {
  return { app, log, signal, clock: systemClock, random: Math.random };
}

function targetsOf(
  { settings: { app, upgrade }, originOf, describeGap }: Pick<Loaded, "settings" | "originOf" | "describeGap">,
  prepared: readonly PreparedDependency[],
) {
  const dependencies = prepared
    .filter((dependency) => dependency.kind === "schema" || dependency.kind === "release")
    // Another app's release is upgraded by its own image.
    .filter((dependency) => dependency.kind === "schema" || dependency.app === app.name);
  const { url: ownUrl, migrate } = upgrade;
  return findTargets({ dependencies, ownUrl, hasTool: migrate !== undefined, originOf, describeGap });
}

/** Makes a check that looks at a schema as the health check does. */
function schemaCheck(schema: Schema, settings: Settings, openPostgres: (url: string) => Promise<Session>): SchemaCheck {
  const look = async (given?: Session) => {
    const lent = given && { ...given, close: async () => {} };
    const postgres = async (url: string) => lent ?? openPostgres(url);
    const any = async (url: string) => (isPostgres(url) ? postgres(url) : openToolDatabase(url, lookTimeoutMs));
    const context = { appVersion: settings.app.version, upgradeHint: upgradeHint(settings) };
    const run = await lookAtSource(schema, context, { postgres, any });
    return limitLook(run, 2 * lookTimeoutMs, systemClock)();
  };
  return { name: schema.name, url: schema.settings.url, look };
}

/** The databases without a ledger: another tool migrates them, and the upgrade checks that it did. */
function toolDatabasesOf({ name, settings: { url }, source }: Schema): readonly ToolDatabase[] {
  if (source.recordedBy === "seaworthy" || keepsLedger(url)) return [];
  const ask = async <T>(question: (session: LookSession) => Promise<T>): Promise<T> => {
    const session = await openToolDatabase(url, lookTimeoutMs);
    try {
      return await question(session);
    } finally {
      await session.close();
    }
  };
  return [
    {
      name,
      missing: async () => (await ask(source.history.read)).missing,
      // SQLite has no server: a tool's statements end with the tool.
      findLeftovers: async () => (source.database === "mysql" ? ask(findMysqlLeftovers) : []),
    },
  ];
}
