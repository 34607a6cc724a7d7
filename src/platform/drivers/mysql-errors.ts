import { StatementError, UnreachableError } from "../../kernel/database.ts";
import { messageOf } from "../../kernel/failure.ts";
import type { MysqlAddress } from "../../urls/address.ts";
import { ForeignServerError, foreignServerFix } from "./foreign-answer.ts";
import { explainNetwork, type Explanation } from "./network-errors.ts";
import { describeMysql } from "../../urls/describe.ts";

/** mysql2's words for a query after the connection was lost. */
const usedAfterLoss = "Can't add new command when connection is in closed state";
const connectionLost = "PROTOCOL_CONNECTION_LOST";
export const timedOut = "PROTOCOL_SEQUENCE_TIMEOUT";

interface ServerError extends Error {
  readonly errno: number;
  readonly sqlState: string;
}

export function isStatementError(error: unknown): error is ServerError {
  return (
    error instanceof Error &&
    "sqlState" in error &&
    typeof error.sqlState === "string" &&
    error.sqlState !== "" &&
    !isFatal(error) &&
    !("errno" in error && ends.has(Number(error.errno)))
  );
}

/** With these the server says that it ends the connection: shutdown, KILL, or a time limit for idle clients. */
const ends: ReadonlySet<number> = new Set([1053, 1152, 1159, 1161, 1184, 1927, 4031]);

function isFatal(error: Error): boolean {
  return "fatal" in error && error.fatal === true;
}

/** The server's error numbers are more precise than its SQLSTATEs. The program handles these SQLSTATEs. */
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

export function statementError(error: ServerError): StatementError {
  return new StatementError(error.message, { sqlState: states.get(error.errno) ?? error.sqlState, cause: error });
}

export function unreachable(address: MysqlAddress, error: unknown): UnreachableError {
  if (error instanceof UnreachableError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const { cause, fix, transient } = explainNetwork(code, address.host) ?? explain(code, error);
  const isCrowded = code === "ER_CON_COUNT_ERROR" || code === "ER_TOO_MANY_USER_CONNECTIONS";
  return new UnreachableError(`cannot reach ${describeMysql(address)}: ${cause}. ${fix}`, {
    transient,
    isCrowded,
    cause: error,
  });
}

export function isUnknownVariable(error: unknown): boolean {
  return error instanceof Error && "errno" in error && error.errno === 1193;
}

export function isTlsFailure(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "HANDSHAKE_SSL_ERROR";
}

/** The server ended the statement at its time limit. That counts as no answer. */
export function isTimeout(error: unknown): boolean {
  const number = error instanceof Error && "errno" in error ? error.errno : undefined;
  return number === 1969 || number === 3024;
}

function explain(given: string, error: unknown): Explanation {
  const text = messageOf(error).replace(/[.\s]+$/, "");
  if (error instanceof ForeignServerError) return { cause: text, fix: foreignServerFix, transient: false };
  const code = text.startsWith(usedAfterLoss) ? connectionLost : given;
  switch (code) {
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
    case "HANDSHAKE_NO_SSL_SUPPORT":
      return {
        cause: "the server does not support TLS, and the URL asks for it",
        fix: "Check ssl-mode, and the server's settings.",
        transient: false,
      };
    case "HANDSHAKE_SSL_ERROR":
      return {
        cause: text,
        fix: "Check ssl-mode and its files, and the server's certificate.",
        transient: false,
      };
    case "ER_SECURE_TRANSPORT_REQUIRED":
      return { cause: text, fix: "Write ssl-mode=REQUIRED, or a stronger one.", transient: false };
    case timedOut:
      return {
        cause: "it did not answer in time",
        fix: "Check that a MySQL server listens there, and check the network.",
        transient: true,
      };
    case connectionLost:
      return {
        cause: "the connection was closed by the other side",
        fix: "Check that a MySQL server listens there, and check the network.",
        transient: true,
      };
    default:
      return { cause: text, fix: "Check the URL, the server and the network.", transient: true };
  }
}
