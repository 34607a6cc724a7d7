import { hostname } from "node:os";
import type { LookSession, Session } from "../src/kernel/database.ts";
import { presenceName } from "../src/ledger/postgres/session-names.ts";
import type { LetLinger } from "../src/platform/drivers/lingering.ts";
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

/** Opens the standing session that receives announcements of upgrades, and shows upgrades that this instance is alive. */
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
): (url: string, purpose: string) => Promise<Session> {
  return async (url, purpose) => {
    const applicationName = nameSession(app, purpose);
    // The session with the lock sends migrations: the server has to refuse two statements in one message.
    if (engineOf(url) === "mysql")
      return openMysql(url, { applicationName, manyStatements: !purpose.endsWith(" lock") });
    const { connectPostgres } = await import("../src/platform/drivers/postgres.ts");
    return connectPostgres({ url, variables, applicationName, connectTimeoutMs: upgradeTimeoutMs });
  };
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
  if (engineOf(url) !== "mysql") return (await import("../src/platform/drivers/sqlite.ts")).openSqlite(url);
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
  return (await import("../src/platform/drivers/sqlite.ts")).openSqlite(url, { ifMissing: "empty" });
}
