import { hostname } from "node:os";
import type { LookSession, Session } from "../src/kernel/database.ts";
import { presenceName } from "../src/ledger/postgres/session-names.ts";
import type { OpenSession } from "../src/ledger/sessions.ts";
import { serveSqliteFlag } from "../src/kernel/launch-flag.ts";
import { startHelper } from "../src/platform/processes/launch.ts";
import type { LetLinger } from "../src/platform/drivers/lingering.ts";
import type { SqliteOptions } from "../src/platform/drivers/sqlite/reader.ts";
import { engineOf } from "../src/urls/read.ts";

interface App {
  readonly name: string;
  readonly version?: string;
}

/** libpq's PG… variables. They fill the gaps of a URL, as in the app's own driver. */
type Variables = Readonly<Record<string, string | undefined>>;

const listenTimeoutMs = 5000;
const upgradeTimeoutMs = 5000;

/** Opens sessions for looks, which always end at their timeout. The first one loads the driver. */
export function openLookSessions(
  app: App,
  variables: Variables,
): (timeoutMs: number) => (url: string) => Promise<Session> {
  return (timeoutMs) => async (url) => {
    if (engineOf(url) === "mysql") return openMysql(url, { applicationName: nameSession(app, "health"), timeoutMs });
    if (engineOf(url) === "sqlite") return openSqliteFile(url, { ifMissing: "empty" });
    const { connectPostgres } = await import("../src/platform/drivers/postgres.ts");
    return connectPostgres({
      url,
      variables,
      applicationName: nameSession(app, "health"),
      connectTimeoutMs: timeoutMs,
      totalTimeoutMs: timeoutMs,
    });
  };
}

/** Opens the standing session that receives announcements of upgrades. Its name shows that this instance is alive. */
export function openListeningSessions(
  { name, version }: App,
  variables: Variables,
): (url: string, onNotify: () => void) => Promise<Session> {
  return async (url, onNotify) => {
    const { connectPostgres } = await import("../src/platform/drivers/postgres.ts");
    return connectPostgres({
      url,
      variables,
      onNotify,
      applicationName: presenceName(name, version),
      connectTimeoutMs: listenTimeoutMs,
    });
  };
}

/** Opens sessions for an upgrade, without a time limit. */
export function openUpgradeSessions(
  app: App,
  variables: Variables,
  { lockTimeoutSeconds }: { readonly lockTimeoutSeconds: number },
): OpenSession {
  // In SQLite, a long migration may keep readers out.
  const busyLimitMs = lockTimeoutSeconds * 1000;
  return async (url, purpose, access) => {
    if (engineOf(url) === "sqlite") return openSqliteForUpgrade(url, purpose, { access, busyLimitMs });
    const applicationName = nameSession(app, purpose);
    // The session with the lock sends migrations: the server has to refuse two statements in one message.
    if (engineOf(url) === "mysql")
      return openMysql(url, { applicationName, manyStatements: !purpose.endsWith(" lock") });
    const { connectPostgres } = await import("../src/platform/drivers/postgres.ts");
    return connectPostgres({ url, variables, applicationName, connectTimeoutMs: upgradeTimeoutMs });
  };
}

/** How long --plan waits for a writer of a SQLite file. */
const planPatienceMs = 5000;

/** Only an upgrade may create the file, or roll back what a killed process has left: a plan writes nothing. */
async function openSqliteForUpgrade(
  url: string,
  purpose: string,
  { access = "read", busyLimitMs }: { readonly access: "read" | "write" | undefined; readonly busyLimitMs: number },
): Promise<Session> {
  if (access === "write") {
    const { openSqliteProcess } = await import("../src/platform/drivers/sqlite/process.ts");
    return openSqliteProcess(url, () => startHelper(serveSqliteFlag));
  }
  const isPlan = purpose === "plan";
  return openSqliteFile(url, {
    ifMissing: "empty",
    recovers: !isPlan,
    busyLimitMs: isPlan ? planPatienceMs : busyLimitMs,
  });
}

async function openSqliteFile(url: string, options: SqliteOptions = {}): Promise<Session> {
  return (await import("../src/platform/drivers/sqlite/reader.ts")).openSqlite(url, options);
}

/** The session's name in pg_stat_activity. Postgres keeps 63 bytes. */
function nameSession({ name, version }: App, purpose: string): string {
  return `seaworthy ${purpose} ${name}${version === undefined ? "" : `@${version}`} on ${hostname()}`.slice(0, 63);
}

export function isPostgres(url: string): boolean {
  return engineOf(url) === "postgres";
}

/** Loads the driver for this URL ahead of the first session. */
export async function loadDriver(url: string): Promise<void> {
  const engine = engineOf(url);
  if (engine === "postgres") await import("../src/platform/drivers/postgres.ts");
  if (engine === "mysql") await import("../src/platform/drivers/mysql.ts");
}

/** Opens a MySQL, MariaDB or SQLite database for a look. The driver is loaded here. */
export async function openOtherDatabase(url: string, timeoutMs: number, letLinger?: LetLinger): Promise<LookSession> {
  if (engineOf(url) !== "mysql") return openSqliteFile(url);
  return openMysql(url, { applicationName: "seaworthy health", timeoutMs, ...(letLinger && { letLinger }) });
}

interface MysqlSessionOptions {
  readonly applicationName: string;
  /** For the connection and for each answer. Default: none for answers. */
  readonly timeoutMs?: number;
  readonly manyStatements?: boolean;
  readonly letLinger?: LetLinger;
}

async function openMysql(url: string, { timeoutMs, ...options }: MysqlSessionOptions): Promise<Session> {
  const { connectMysql } = await import("../src/platform/drivers/mysql.ts");
  const limits = timeoutMs === undefined ? {} : { queryTimeoutMs: timeoutMs };
  return connectMysql({ url, ...options, ...limits, connectTimeoutMs: timeoutMs ?? upgradeTimeoutMs });
}

/** The same for an upgrade: a SQLite file that its tool has not created yet counts as empty. */
export async function openToolDatabase(url: string, timeoutMs: number): Promise<LookSession> {
  if (engineOf(url) === "mysql") return openOtherDatabase(url, timeoutMs);
  return openSqliteFile(url, { ifMissing: "empty" });
}
