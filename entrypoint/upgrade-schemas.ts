import type { Settings } from "../src/config/settings.ts";
import { limitLook } from "../src/dependencies/limit-look.ts";
import type { LookSession, Session } from "../src/kernel/database.ts";
import { systemClock } from "../src/platform/clock.ts";
import { findMysqlLeftovers } from "../src/ledger/mysql/leftovers.ts";
import type { SchemaCheck, SchemaElsewhere } from "../src/upgrade/ports.ts";
import type { Context } from "./context.ts";
import type { PreparedDependency } from "./prepare-dependencies.ts";
import { lookAtSource, upgradeHint } from "./schema-kind.ts";
import { isPostgres, openLookSessions, openToolDatabase } from "./sessions.ts";

type Schema = Extract<PreparedDependency, { kind: "schema" }>;

const isSchema = (dependency: PreparedDependency): dependency is Schema => dependency.kind === "schema";

/** How long one look may take that an upgrade waits for, in milliseconds. */
const lookTimeoutMs = 5000;

/** How an upgrade sees what its own sessions do not. */
export function upgradeLooks(
  settings: Settings,
  prepared: readonly PreparedDependency[],
  variables: Context["variables"],
) {
  const openHealthSession = openLookSessions(settings.app, variables)(lookTimeoutMs);
  return {
    checks: schemaChecks(settings, prepared, openHealthSession),
    elsewhere: schemasElsewhere(prepared),
    openHealthSession,
  };
}

/** Every schema, to be looked at as the health check does. */
function schemaChecks(
  settings: Settings,
  prepared: readonly PreparedDependency[],
  openPostgres: (url: string) => Promise<Session>,
): readonly SchemaCheck[] {
  return prepared.filter(isSchema).map((dependency) => {
    const look = async (given?: Session) => {
      const lent = given && { ...given, close: async () => {} };
      const postgres = async (url: string) => lent ?? openPostgres(url);
      const any = async (url: string) => (isPostgres(url) ? postgres(url) : openToolDatabase(url, lookTimeoutMs));
      const context = { appVersion: settings.app.version, upgradeHint: upgradeHint(settings) };
      const run = await lookAtSource(dependency, context, { postgres, any });
      return limitLook(run, 2 * lookTimeoutMs, systemClock)();
    };
    return { name: dependency.name, url: dependency.settings.url, look };
  });
}

/** Those in MySQL, MariaDB and SQLite: another tool migrates them, and an upgrade sees to it that it did. */
function schemasElsewhere(prepared: readonly PreparedDependency[]): readonly SchemaElsewhere[] {
  return prepared.filter(isSchema).flatMap(({ name, settings: { url }, source }) => {
    if (source.recordedBy === "seaworthy" || source.database === "postgres") return [];
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
        // A SQLite database has no server: what its tool did ended with the tool.
        findLeftovers: async () => (source.database === "mysql" ? ask(findMysqlLeftovers) : []),
      },
    ];
  });
}
