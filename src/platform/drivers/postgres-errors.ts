import { DatabaseError } from "pg";
import { StatementError, UnreachableError } from "../../kernel/database.ts";
import { messageOf } from "../../kernel/failure.ts";
import type { PostgresAddress } from "../../urls/address.ts";
import { describePostgres } from "../../urls/describe.ts";
import type { Endpoint } from "../../urls/parts.ts";
import { TlsError } from "./postgres-connection.ts";

/** The server, or a pooler before it, gave the session up: it says nothing of the statement. */
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

/** What went wrong at one of the hosts of an address. */
export function unreachable(address: PostgresAddress, error: unknown, endpoint?: Endpoint): UnreachableError {
  if (error instanceof UnreachableError) return error;
  const place = describePostgres(endpoint === undefined ? address : { ...address, endpoints: [endpoint] });
  const hosts = (endpoint === undefined ? address.endpoints : [endpoint])
    .map(({ host }) => host || "localhost")
    .join(",");
  const { cause, fix, transient } = explain(errorCode(error), hosts, error);
  return new UnreachableError(`cannot reach ${place}: ${cause}. ${fix}`, { transient, cause: error });
}

/** Both families of a name may have failed: their errors come in one, with the code on each. */
function errorCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

interface Explanation {
  readonly cause: string;
  readonly fix: string;
  readonly transient: boolean;
}

function explain(code: string | undefined, host: string, error: unknown): Explanation {
  const text = messageOf(error);
  if (error instanceof TlsError)
    return { cause: text, fix: "Check sslmode and its files, and the server's certificate.", transient: false };
  if (text.includes("unsupported startup parameter"))
    return {
      cause: text,
      fix: "A pooler does not take the URL's schema or options: let it lead to the server itself.",
      transient: false,
    };
  switch (code) {
    case "ECONNREFUSED":
      return {
        cause: "connection refused",
        fix: "Is the server running, and are host and port right?",
        transient: true,
      };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return {
        cause: `the host name ${host} is not known`,
        fix: "Check the host in the URL.",
        transient: true,
      };
    case "28P01":
    case "28000":
      return { cause: text, fix: "Check the user and the password in the URL, and pg_hba.conf.", transient: false };
    case "3D000":
      return { cause: text, fix: "Create it, or check the name in the URL.", transient: false };
    case "53300":
      return { cause: text, fix: "Raise max_connections, or use a pooler.", transient: true };
    case "57P01":
    case "57P02":
    case "57P03":
      return { cause: text, fix: "Wait until the server accepts connections.", transient: true };
    case undefined:
      // pg says this of a server that asks for a password where the URL has none.
      if (text.includes("password must be a string"))
        return { cause: "the server asks for a password", fix: "Put it into the URL.", transient: false };
      return { cause: text, fix: "Check the network between here and there.", transient: true };
    default:
      return {
        cause: `${text} (${code})`,
        fix: "Check the URL, the server and the network between.",
        transient: !/^[0-9A-Z]{5}$/.test(code) || code.startsWith("08"),
      };
  }
}
