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
  /** Called for what breaks once it is open. */
  readonly onError: (error: Error) => void;
}

/** Why there is no session, and whether it was encrypted by then. */
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
  // Without a listener a connection that breaks would end the process.
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
  // A standing connection whose packets are dropped is noticed in half a minute, and not in the system's two hours.
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

/** pg takes a function's password for the answer, and has no type for an answer of none. */
function fromFile({ host, port, database = "", user = "" }: Client, file: string | undefined): string {
  return passwordFromFile({ host, port, database, user }, file) as string;
}

/** Said at the start of the session: a SET may stay behind at a pooler. */
function optionsOf({ options, searchPath }: PostgresAddress): { readonly options?: string } {
  const path = searchPath === undefined ? [] : [`-c search_path=${searchPath.replaceAll(/[\\\s]/g, String.raw`\$&`)}`];
  const all = [...(options === undefined ? [] : [options]), ...path];
  return all.length === 0 ? {} : { options: all.join(" ") };
}

/** A pooler may be told to pass over the options of a session: everything would then be in another schema. */
async function checkSearchPath(client: Client, { searchPath }: PostgresAddress): Promise<void> {
  if (searchPath === undefined) return;
  const { rows } = await client.query<{ found: string }>("SELECT pg_catalog.current_setting('search_path') AS found");
  if (rows[0]?.found === searchPath) return;
  throw new Error(
    `the search path that the URL asks for did not take effect: a pooler may have left it out. Let the URL lead to the server itself`,
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

/** Whether the server is what target_session_attrs asks for. */
export async function suits(client: Client, target: TargetSession): Promise<boolean> {
  if (target === "any") return true;
  const { rows } = await client.query<SessionState>(
    "SELECT pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('default_transaction_read_only') = 'on' AS readonly",
  );
  return rows[0] !== undefined && conditions[target](rows[0]);
}

/** How long to wait for a server's goodbye. */
const closeTimeoutMs = 500;

export async function closeQuietly(client: Client): Promise<void> {
  const timer = setTimeout(() => destroySocket(client), closeTimeoutMs);
  await client.end().catch(() => {});
  clearTimeout(timer);
}

/** A cancel request is a connection of its own, as secure as the session's, which the server closes without an answer. */
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

/** What the server told us to cancel our queries with. */
export function backendKeyOf(client: Client): { readonly processID: number; readonly secretKey: number } {
  return client as unknown as { readonly processID: number; readonly secretKey: number };
}

/** `end` waits for the server; one that is frozen never answers. */
function destroySocket(client: Client): void {
  (
    client as unknown as { readonly connection: { readonly stream: { destroy: () => void } } }
  ).connection.stream.destroy();
}
