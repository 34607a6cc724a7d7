import { StatementError, type Session } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { MysqlDialect } from "../../migrations/sql/dialect.ts";
import { serverErrorOf } from "./server-error.ts";

/** The longest time that every server accepts, in seconds. */
const yearSeconds = 31_536_000;

/**
 * Prepares the session that holds the lock and works: the server must not end it while a hook runs, and each statement
 * commits on its own.
 */
export async function prepareSession(session: Session): Promise<void> {
  await session.execute(
    `SET SESSION wait_timeout = ${yearSeconds}, SESSION net_read_timeout = 3600, SESSION net_write_timeout = 3600, autocommit = 1, completion_type = 0, sql_safe_updates = 0`,
  );
  // MariaDB's limit for every statement. MySQL has one for SELECT only.
  await ignoreUnknown(session.execute("SET SESSION max_statement_time = 0"));
  await ignoreUnknown(session.execute("SET SESSION max_execution_time = 0"));
}

const unknownVariable = 1193;

async function ignoreUnknown(setting: Promise<void>): Promise<void> {
  await setting.catch((error: unknown) => {
    if (!(error instanceof StatementError) || serverErrorOf(error).number !== unknownVariable) throw error;
  });
}

/** How long a statement waits for locks of tables and of rows. Servers know only whole seconds, and at least one. */
export function lockWaitSql(milliseconds: number): string {
  const seconds = milliseconds === 0 ? yearSeconds : Math.max(1, Math.floor(milliseconds / 1000));
  return `SET SESSION lock_wait_timeout = ${seconds}, SESSION innodb_lock_wait_timeout = ${Math.min(seconds, 1_073_741_824)}`;
}

export interface ServerSettings {
  readonly dialect: MysqlDialect;
  /** The server's version, as in `10.11.6-MariaDB`. */
  readonly version: string;
  /** Whether a statement that changes a table is done or not done, even if the server is killed meanwhile. */
  readonly hasAtomicDdl: boolean;
  /** Whether it takes several statements as one, outside of a stored program. */
  readonly hasCompound: boolean;
}

export async function readSettings(session: Pick<Session, "query">): Promise<ServerSettings> {
  const [row = {}] = await session.query("SELECT @@sql_mode AS mode, VERSION() AS version");
  const modes = String(row["mode"]).toUpperCase().split(",");
  const version = String(row["version"]);
  return {
    dialect: {
      engine: "mysql",
      ansiQuotes: modes.includes("ANSI_QUOTES"),
      backslashEscapes: !modes.includes("NO_BACKSLASH_ESCAPES"),
    },
    version,
    hasAtomicDdl: hasAtomicDdl(version),
    hasCompound: isMariadb(version),
  };
}

const isMariadb = (version: string) => /mariadb/i.test(version);

function hasAtomicDdl(version: string): boolean {
  const [, major = 0, minor = 0] = /^(?:5\.5\.5-)?(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  return isMariadb(version) ? major > 10 || (major === 10 && minor >= 6) : major >= 8;
}

/**
 * Throws a Failure (78) for a server that cannot be written to, or on which an interrupted migration could not be resumed.
 * Even an upgrade without migrations records its release, and its hooks must not run in vain.
 */
export async function refuseUnfit(session: Session, { version, hasAtomicDdl }: ServerSettings): Promise<void> {
  const [row = {}] = await session.query(
    "SELECT DATABASE() AS name, @@read_only AS read_only, @@innodb_read_only AS frozen",
  );
  const refuse = (cause: string, fix: string) => {
    throw new Failure(ExitCode.configuration, `cannot upgrade: ${cause}. ${fix}. Nothing was changed.`);
  };
  if (row["name"] === null) refuse("the URL names no database", "Add its name to the URL");
  if (!hasAtomicDdl)
    refuse(
      `the server is ${version}, and an interrupted migration can only be resumed on MySQL 8.0 or MariaDB 10.6, or a newer one`,
      "Upgrade the server, or let your own tool migrate it (upgrade.migrate)",
    );
  const isOn = (value: unknown) => !["0", "OFF"].includes(String(value));
  if (isOn(row["frozen"]) || (isOn(row["read_only"]) && !(await mayWrite(session))))
    refuse(
      "the server is read-only (read_only is on), as a replica is",
      "Set upgrade.url to the primary server, or to a user that may write there",
    );
}

/** A user with the right to do so writes in spite of read_only. Dropping a table that does not exist changes nothing. */
async function mayWrite(session: Session): Promise<boolean> {
  try {
    await session.execute("DROP TABLE IF EXISTS `seaworthy_no_table`");
    return true;
  } catch (error) {
    if (error instanceof StatementError) return ![1290, 1792, 1836].includes(serverErrorOf(error).number ?? 0);
    throw error;
  }
}
