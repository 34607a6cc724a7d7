import { DatabaseError } from "pg";
import { StatementError, UnreachableError } from "../../kernel/database.ts";
import { messageOf } from "../../kernel/failure.ts";
import type { PostgresAddress } from "../../urls/address.ts";
import { describePostgres } from "../../urls/describe.ts";
import type { Endpoint } from "../../urls/parts.ts";
import { ForeignServerError, foreignServerFix } from "./foreign-answer.ts";
import { explainNetwork, type Explanation } from "./network-errors.ts";
import { TlsError } from "./postgres-connection.ts";

/** The server or a pooler ended the session. The statement is not the cause. */
export function endsSession({ code = "", severity }: DatabaseError): boolean {
  return severity === "FATAL" || severity === "PANIC" || /^(08|57P)/.test(code);
}

export function statementError(error: DatabaseError, statementsDone?: number): StatementError {
  return new StatementError(error.message, {
    sqlState: error.code ?? "XX000",
    position: error.position === undefined ? undefined : Number(error.position),
    detail: error.detail,
    hint: error.hint,
    context: error.where,
    statementsDone,
    cause: error,
  });
}

/** Describes a failure at one of an address's hosts. */
export function unreachable(address: PostgresAddress, error: unknown, endpoint?: Endpoint): UnreachableError {
  if (error instanceof UnreachableError) return error;
  const place = describePostgres(endpoint === undefined ? address : { ...address, endpoints: [endpoint] });
  const hosts = (endpoint === undefined ? address.endpoints : [endpoint])
    .map(({ host }) => host || "localhost")
    .join(",");
  const code = errorCode(error);
  const { cause, fix, transient } = explain(code, hosts, error);
  const isCrowded = code === tooManyConnections;
  return new UnreachableError(`cannot reach ${place}: ${cause}. ${fix}`, { transient, isCrowded, cause: error });
}

const tooManyConnections = "53300";

/** IPv4 and IPv6 may both have failed. Then one error contains both, each with its code. */
function errorCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function explain(code: string | undefined, host: string, error: unknown): Explanation {
  const text = messageOf(error);
  const ofNetwork = explainNetwork(code, host);
  if (ofNetwork !== undefined) return ofNetwork;
  if (error instanceof ForeignServerError) return { cause: text, fix: foreignServerFix, transient: false };
  if (error instanceof TlsError)
    return { cause: text, fix: "Check sslmode and its files, and the server's certificate.", transient: false };
  if (text.includes("unsupported startup parameter"))
    return {
      cause: text,
      fix: "A pooler does not accept the URL's schema or options: use a URL of the server itself.",
      transient: false,
    };
  switch (code) {
    case "28P01":
    case "28000":
      return { cause: text, fix: "Check the user and the password in the URL, and pg_hba.conf.", transient: false };
    case "3D000":
      return { cause: text, fix: "Create it, or check the name in the URL.", transient: false };
    case tooManyConnections:
      return { cause: text, fix: "Raise max_connections, or use a pooler.", transient: true };
    case "57P01":
    case "57P02":
    case "57P03":
      return { cause: text, fix: "Wait until the server accepts connections.", transient: true };
    case undefined:
      // pg's message if the server asks for a password and the URL has none.
      if (text.includes("password must be a string"))
        return { cause: "the server asks for a password", fix: "Put it into the URL.", transient: false };
      return { ...inOwnWords(text), transient: true };
    default:
      return {
        cause: `${text} (${code})`,
        fix: "Check the URL, the server and the network.",
        transient: !/^[0-9A-Z]{5}$/.test(code) || code.startsWith("08"),
      };
  }
}

/** Replaces pg's internal messages, which have several forms for the same cause. */
function inOwnWords(text: string): Omit<Explanation, "transient"> {
  const fix = "Check that a Postgres server listens there, and check the network.";
  if (/timeout|timed out/i.test(text)) return { cause: "it did not answer in time", fix };
  if (/terminated unexpectedly/i.test(text)) return { cause: "the connection was closed by the other side", fix };
  return { cause: text.replace(/[.\s]+$/, ""), fix };
}
