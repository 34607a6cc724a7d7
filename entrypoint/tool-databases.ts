import type { LookSession, Session } from "../src/kernel/database.ts";
import { findMysqlLeftovers } from "../src/ledger/mysql/leftovers.ts";
import { findPostgresLeftovers } from "../src/ledger/postgres/leftovers.ts";
import type { ToolDatabase, UpgradeTarget } from "../src/targets/targets.ts";
import type { PreparedDependency } from "./prepare-dependencies.ts";
import { isPostgres, openToolDatabase } from "./sessions.ts";

type Schema = Extract<PreparedDependency, { kind: "schema" }>;

export interface Openers {
  readonly openPostgres: (url: string) => Promise<Session>;
  /** How long a look at another database may take. */
  readonly timeoutMs: number;
}

/** The databases without a ledger: another tool migrates them, and the upgrade checks that it did. */
export function findToolDatabases(
  schemas: readonly Schema[],
  targets: readonly UpgradeTarget[],
  openers: Openers,
): readonly ToolDatabase[] {
  const withLedger = new Set(targets.flatMap(({ url, readBy }) => [url, readBy?.url]));
  return schemas
    .filter(({ settings: { url } }) => !withLedger.has(url))
    .flatMap((schema) => toolDatabase(schema, openers));
}

function toolDatabase(
  { name, settings: { url }, source }: Schema,
  { openPostgres, timeoutMs }: Openers,
): readonly ToolDatabase[] {
  if (source.recordedBy === "seaworthy") return [];
  const ask = <T>(question: (session: LookSession) => Promise<T>): Promise<T> =>
    isPostgres(url) ? asking(openPostgres(url), question) : asking(openToolDatabase(url, timeoutMs), question);
  return [
    {
      name,
      missing: async () => (await ask(source.history.read)).missing,
      async findLeftovers() {
        if (source.database === "mysql") return ask(findMysqlLeftovers);
        // SQLite has no server: a tool's statements end with the tool.
        if (source.database === "sqlite") return [];
        return asking(openPostgres(url), (session) => findPostgresLeftovers(session, { sharesRole: true }));
      },
    },
  ];
}

async function asking<S extends LookSession, T>(opening: Promise<S>, question: (session: S) => Promise<T>): Promise<T> {
  const session = await opening;
  try {
    return await question(session);
  } finally {
    await session.close();
  }
}
