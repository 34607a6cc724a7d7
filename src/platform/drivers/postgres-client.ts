import { Client } from "pg";
import { messageOf } from "../../kernel/failure.ts";
import type { PostgresAddress, TargetSession } from "../../urls/address.ts";
import type { Endpoint } from "../../urls/parts.ts";
import { PostgresConnection, type Security } from "./postgres-connection.ts";
import { passwordFromFile } from "./postgres-password.ts";
import type { ConnectOptions } from "./postgres-options.ts";

export interface OpenedClient {
  readonly client: Client;
  readonly address: PostgresAddress;
  readonly security: Security;
}

export interface ClientOptions {
  readonly options: ConnectOptions;
  readonly address: PostgresAddress;
  readonly security: Security;
  readonly limitMs: number;
  /** Called for errors after opening. */
  readonly onError: (error: Error) => void;
}

/** The reason why there is no session, and whether the connection was already encrypted. */
export class FailedConnect extends Error {
  readonly wasSecure: boolean;

  constructor(cause: unknown, wasSecure: boolean) {
    super(messageOf(cause), { cause });
    this.wasSecure = wasSecure;
  }
}

export function causeOf(error: unknown): unknown {
  return error instanceof FailedConnect ? error.cause : error;
}

export async function connectClient(endpoint: Endpoint, settings: ClientOptions): Promise<OpenedClient> {
  const { address, security, onError } = settings;
  const { client, connection } = createClient(endpoint, settings);
  let isOpen = false;
  // Without a listener, a broken connection would end the process.
  client.on("error", (error) => {
    if (isOpen) onError(error);
  });
  try {
    await client.connect();
    await checkSearchPath(client, address);
  } catch (error) {
    destroySocket(client);
    throw new FailedConnect(error, connection.isSecure);
  }
  isOpen = true;
  return { client, address, security };
}

const connectionOptions = {
  keepAlive: true,
  // Notice a connection whose packets are dropped in half a minute, instead of the system's two hours.
  keepAliveInitialDelayMillis: 20_000,
};

function createClient({ host, port }: Endpoint, { address, security, options, limitMs }: ClientOptions) {
  const { user, database, password, channelBinding } = address;
  const { applicationName, variables = {} } = options;
  const sslNegotiation = security.encryption?.isDirect === true ? "direct" : "postgres";
  const ssl = security.encryption !== undefined;
  const connection = new PostgresConnection({ ...connectionOptions, ssl }, security);
  const client: Client = new Client({
    ...connectionOptions,
    connection,
    ssl,
    sslnegotiation: sslNegotiation,
    application_name: applicationName,
    connectionTimeoutMillis: Math.ceil(limitMs),
    enableChannelBinding: channelBinding === "require" || channelBinding === "prefer",
    password: password ?? variables["PGPASSWORD"] ?? (() => fromFile(client, address.passwordFile)),
    ...(user !== undefined && { user }),
    ...(database !== undefined && { database }),
    ...(host !== "" && { host }),
    ...(port !== undefined && { port }),
    ...optionsOf(address),
  } as ConstructorParameters<typeof Client>[0]);
  return { client, connection };
}

/** pg accepts undefined from a password function, but its types do not. */
function fromFile({ host, port, database = "", user = "" }: Client, file: string | undefined): string {
  return passwordFromFile({ host, port, database, user }, file) as string;
}

/** Options for the start of the session: a SET could affect other clients of a pooler. */
function optionsOf({ options, searchPath }: PostgresAddress): { readonly options?: string } {
  const path = searchPath === undefined ? [] : [`-c search_path=${searchPath.replaceAll(/[\\\s]/g, String.raw`\$&`)}`];
  const all = [...(options === undefined ? [] : [options]), ...path];
  return all.length === 0 ? {} : { options: all.join(" ") };
}

/** A pooler may be configured to ignore a session's options. Everything would then use another schema. */
async function checkSearchPath(client: Client, { searchPath }: PostgresAddress): Promise<void> {
  if (searchPath === undefined) return;
  const { rows } = await client.query<{ found: string }>("SELECT pg_catalog.current_setting('search_path') AS found");
  if (rows[0]?.found === searchPath) return;
  throw new Error(
    `the search path of the URL did not take effect: a pooler may have ignored it. Use a URL of the server itself`,
  );
}

const conditions: Readonly<Record<TargetSession, (state: SessionState) => boolean>> = {
  any: () => true,
  "read-write": ({ standby, readonly }) => !standby && !readonly,
  "read-only": ({ standby, readonly }) => standby || readonly,
  primary: ({ standby }) => !standby,
  standby: ({ standby }) => standby,
  "prefer-standby": ({ standby }) => standby,
};

interface SessionState {
  readonly standby: boolean;
  readonly readonly: boolean;
}

/** Whether the server fits target_session_attrs. */
export async function suits(client: Client, target: TargetSession): Promise<boolean> {
  if (target === "any") return true;
  const { rows } = await client.query<SessionState>(
    "SELECT pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('default_transaction_read_only') = 'on' AS readonly",
  );
  return rows[0] !== undefined && conditions[target](rows[0]);
}

/** The time limit for a server to close the connection. */
const closeTimeoutMs = 500;

export async function closeQuietly(client: Client): Promise<void> {
  const timer = setTimeout(() => destroySocket(client), closeTimeoutMs);
  await client.end().catch(() => {});
  clearTimeout(timer);
}

/** Sends a cancel request on a new connection, as secure as the session's. The server closes it without an answer. */
export function sendCancel({ client, security }: OpenedClient): Promise<void> {
  const { processID, secretKey } = backendKeyOf(client);
  const connection = new PostgresConnection(
    { ssl: security.encryption !== undefined },
    {
      ...security,
      bindsChannel: false,
    },
  );
  const { encryption } = security;
  return new Promise((resolve) => {
    const send = () => connection.cancel(processID, secretKey);
    if (encryption === undefined) connection.once("connect", send);
    else connection.once("sslconnect", send);
    if (encryption?.isDirect === false) connection.once("connect", () => connection.requestSsl());
    connection.once("end", () => resolve());
    connection.on("error", () => resolve());
    if (client.host.startsWith("/")) connection.connect(`${client.host}/.s.PGSQL.${client.port}`);
    else connection.connect(client.port, client.host);
  });
}

/** The key that cancels this session's queries. */
export function backendKeyOf(client: Client): { readonly processID: number; readonly secretKey: number } {
  return client as unknown as { readonly processID: number; readonly secretKey: number };
}

/** `end` waits for the server, and a frozen one never answers. */
function destroySocket(client: Client): void {
  (
    client as unknown as { readonly connection: { readonly stream: { destroy: () => void } } }
  ).connection.stream.destroy();
}
