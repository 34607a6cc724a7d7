import { Client, Connection, DatabaseError, escapeLiteral, Query } from "pg";
import type { EventEmitter } from "node:events";
import { StatementError, UnreachableError, type Row, type Session } from "../kernel/database.ts";
import { messageOf } from "../kernel/failure.ts";

export interface ConnectOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. Postgres keeps 63 bytes of it. */
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  /** How long the session may take in all, from the connecting to the last answer. Default: for ever. */
  readonly totalTimeoutMs?: number;
  /** Called for every notification of a channel that the session listens to. */
  readonly onNotify?: () => void;
}

/** How long to wait for a server's goodbye. */
const closeTimeoutMs = 500;

/** Opens a session. Rejects with an UnreachableError. */
export async function connectPostgres(options: ConnectOptions): Promise<Session> {
  const { url, totalTimeoutMs = Number.POSITIVE_INFINITY } = options;
  const deadline = performance.now() + totalTimeoutMs;
  const client = createClient(options);
  const lost = Promise.withResolvers<Error>();
  let closing = false;
  // Without a listener a connection that breaks would end the process.
  client.on("error", (error) => {
    if (!closing) lost.resolve(unreachable(url, error));
  });
  client.on("notification", () => options.onNotify?.());
  try {
    await client.connect();
  } catch (error) {
    destroySocket(client);
    throw unreachable(url, error);
  }
  const failed = (error: unknown) =>
    error instanceof DatabaseError && !endsSession(error) ? statementError(error) : unreachable(url, error);
  const ask = async (send: () => Promise<unknown>) => {
    try {
      return lastRows(await send());
    } catch (error) {
      throw failed(error);
    }
  };
  let pooled: Promise<boolean> | undefined;
  const askWhetherPooled = async () => {
    // A pooler makes up the process id that it tells its clients.
    const [row] = await ask(() => client.query("SELECT pg_catalog.pg_backend_pid() AS pid"));
    return row?.["pid"] !== backendKeyOf(client).processID;
  };
  return {
    lost: lost.promise,
    literal: escapeLiteral,
    query: (sql) => ask(() => client.query({ text: sql, ...timeLeft(deadline) })),
    execute: (sql) =>
      new Promise((resolve, reject) => {
        client.query(new Script(sql, (error) => (error ? reject(failed(error)) : resolve())));
      }),
    queryWith: (sql, values = []) => ask(() => client.query(sql, [...values])),
    isPooled: () => (pooled ??= askWhetherPooled()),
    cancel: () => sendCancel(client),
    async close() {
      closing = true;
      const timer = setTimeout(() => destroySocket(client), closeTimeoutMs);
      await client.end().catch(() => {});
      clearTimeout(timer);
    },
  };
}

/** pg keeps a result for each statement of a message, and all its rows. */
class Script extends Query {
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleCommandComplete(): void {}
}

function createClient({ url, applicationName, connectTimeoutMs }: ConnectOptions): Client {
  try {
    return new Client({
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      // A standing connection whose packets are dropped is noticed in half a minute, and not in the system's two hours.
      keepAliveInitialDelayMillis: 20_000,
    });
  } catch (error) {
    const fix = "Percent-encode special characters, and check the files that it names.";
    throw new UnreachableError(`cannot use the URL of the database: ${messageOf(error)}. ${fix}`, {
      transient: false,
      cause: error,
    });
  }
}

/** The option of a query that has to be answered by then. */
function timeLeft(deadline: number): { readonly query_timeout?: number } {
  const left = deadline - performance.now();
  return left === Number.POSITIVE_INFINITY ? {} : { query_timeout: Math.max(1, left) };
}

/** pg gives a list of results for a message of several statements. */
function lastRows(result: unknown): readonly Row[] {
  const results = (Array.isArray(result) ? result : [result]) as readonly {
    readonly rows: Row[];
    readonly fields: unknown[];
  }[];
  return results.findLast(({ fields }) => fields.length > 0)?.rows ?? [];
}

/** A cancel request is a connection of its own, which the server closes without an answer. */
function sendCancel(client: Client): Promise<void> {
  const { processID, secretKey } = backendKeyOf(client);
  const connection = new Connection() as unknown as CancelConnection;
  return new Promise((resolve) => {
    connection.once("connect", () => connection.cancel(processID, secretKey));
    connection.once("end", () => resolve());
    connection.on("error", () => resolve());
    if (client.host.startsWith("/")) connection.connect(`${client.host}/.s.PGSQL.${client.port}`);
    else connection.connect(client.port, client.host);
  });
}

/** What the server told us to cancel our queries with. */
function backendKeyOf(client: Client): { readonly processID: number; readonly secretKey: number } {
  return client as unknown as { readonly processID: number; readonly secretKey: number };
}

/** What pg's Connection has and its type declarations leave out. */
interface CancelConnection extends EventEmitter {
  readonly connect: (portOrPath: number | string, host?: string) => void;
  readonly cancel: (processId: number, secretKey: number) => void;
}

/** `end` waits for the server; one that is frozen never answers. */
function destroySocket(client: Client): void {
  (
    client as unknown as { readonly connection: { readonly stream: { destroy: () => void } } }
  ).connection.stream.destroy();
}

/** The server, or a pooler before it, gave the session up: it says nothing of the statement. */
function endsSession({ code = "", severity }: DatabaseError): boolean {
  return severity === "FATAL" || severity === "PANIC" || /^(08|57P)/.test(code);
}

function statementError(error: DatabaseError): StatementError {
  return new StatementError(error.message, {
    sqlState: error.code ?? "XX000",
    position: error.position === undefined ? undefined : Number(error.position),
    detail: error.detail,
    hint: error.hint,
    cause: error,
  });
}

/** Postgres at host:port/database, without its password. */
export function describeServer(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return "the database";
  const host = parsed.hostname || parsed.searchParams.get("host") || "localhost";
  return `Postgres at ${host}:${parsed.port || "5432"}${parsed.pathname === "/" ? "" : parsed.pathname}`;
}

function unreachable(url: string, error: unknown): UnreachableError {
  const code = errorCode(error);
  const { cause, fix, transient } = explain(code, url, error);
  return new UnreachableError(`cannot reach ${describeServer(url)}: ${cause}. ${fix}`, { transient, cause: error });
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

function explain(code: string | undefined, url: string, error: unknown): Explanation {
  const text = messageOf(error);
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
        cause: `the host name ${URL.parse(url)?.hostname} is not known`,
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
