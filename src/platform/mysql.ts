import { StatementError, UnreachableError, type Row, type Session } from "../kernel/database.ts";
import { messageOf } from "../kernel/failure.ts";

export interface MysqlOptions {
  /** `mysql://` or `mariadb://` */
  readonly url: string;
  /** Shown in performance_schema.session_connect_attrs. */
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  /** How long an answer may take before the session counts as lost. */
  readonly queryTimeoutMs: number;
}

/** What a look needs; MySQL and MariaDB are never upgraded by us. */
export type MysqlSession = Pick<Session, "query" | "literal" | "close">;

/** Opens a session with MySQL or MariaDB. Rejects with an UnreachableError. The driver is loaded here. */
export async function connectMysql({
  url,
  applicationName,
  connectTimeoutMs,
  queryTimeoutMs,
}: MysqlOptions): Promise<MysqlSession> {
  const { createConnection } = await import("mysql2/promise");
  const connection = await createConnection({
    uri: url.replace(/^mariadb:/, "mysql:"),
    connectTimeout: connectTimeoutMs,
    connectAttributes: { program_name: applicationName },
    multipleStatements: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
  }).catch((error: unknown) => {
    throw unreachable(url, error);
  });
  // Without a listener a connection that breaks would end the process. The next query fails, and says so.
  connection.on("error", () => {});
  return {
    // Text in hexadecimal means the same in every sql_mode, where a backslash does not.
    literal: (value) => `_utf8mb4 X'${Buffer.from(value, "utf8").toString("hex")}'`,
    async query(sql) {
      try {
        const [result] = await connection.query({ sql, timeout: queryTimeoutMs });
        return lastRows(result);
      } catch (error) {
        throw isStatementError(error) ? statementError(error) : unreachable(url, error);
      }
    },
    // Not `end`: it waits for the server.
    close: async () => connection.destroy(),
  };
}

/** A message of several statements gives a list of results, of which those that return nothing are objects. */
function lastRows(result: unknown): readonly Row[] {
  if (!Array.isArray(result)) return [];
  const lists = result.filter((one) => Array.isArray(one));
  return (lists.length > 0 ? lists.at(-1) : result.filter((row) => !("affectedRows" in row))) as readonly Row[];
}

interface ServerError extends Error {
  readonly errno: number;
  readonly sqlState: string;
}

function isStatementError(error: unknown): error is ServerError {
  return (
    error instanceof Error &&
    "sqlState" in error &&
    typeof error.sqlState === "string" &&
    error.sqlState !== "" &&
    !isFatal(error)
  );
}

function isFatal(error: Error): boolean {
  return "fatal" in error && error.fatal === true;
}

/** The server's own numbers are finer than its SQLSTATEs; these are the ones that the rest of the program acts on. */
const states: ReadonlyMap<number, string> = new Map([
  [1146, "42P01"], // no such table
  [1049, "3F000"], // no such database
  [1044, "42501"], // no right to the database
  [1142, "42501"], // … to the table
  [1143, "42501"], // … to the column
  [1227, "42501"],
  [1205, "55P03"], // lock_wait_timeout
  [1317, "57014"],
]);

function statementError(error: ServerError): StatementError {
  return new StatementError(error.message, { sqlState: states.get(error.errno) ?? error.sqlState, cause: error });
}

function unreachable(url: string, error: unknown): UnreachableError {
  const parsed = URL.parse(url);
  const place =
    parsed === null ? "the database" : `MySQL at ${parsed.hostname}:${parsed.port || "3306"}${parsed.pathname}`;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const { cause, fix, transient } = explain(code, parsed?.hostname, messageOf(error));
  return new UnreachableError(`cannot reach ${place}: ${cause}. ${fix}`, { transient, cause: error });
}

function explain(
  code: string,
  host: string | undefined,
  text: string,
): { cause: string; fix: string; transient: boolean } {
  switch (code) {
    case "ECONNREFUSED":
      return {
        cause: "connection refused",
        fix: "Is the server running, and are host and port right?",
        transient: true,
      };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return { cause: `the host name ${host} is not known`, fix: "Check the host in the URL.", transient: true };
    case "ER_ACCESS_DENIED_ERROR":
    case "ER_DBACCESS_DENIED_ERROR":
      return {
        cause: text,
        fix: "Check the user and the password in the URL, and the user's grants.",
        transient: false,
      };
    case "ER_BAD_DB_ERROR":
      return { cause: text, fix: "Create it, or check the name in the URL.", transient: false };
    case "ER_CON_COUNT_ERROR":
      return { cause: text, fix: "Raise max_connections, or use a pooler.", transient: true };
    case "PROTOCOL_SEQUENCE_TIMEOUT":
      return { cause: "it did not answer in time", fix: "Check the server and the network between.", transient: true };
    default:
      return { cause: text, fix: "Check the URL, the server and the network between.", transient: true };
  }
}
