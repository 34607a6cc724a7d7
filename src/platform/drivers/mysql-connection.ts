import type { Connection } from "mysql2";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { MysqlAddress } from "../../urls/address.ts";
import { ForeignServerError, nameServer } from "./foreign-answer.ts";
import type { LetLinger } from "./lingering.ts";
import { timedOut } from "./mysql-errors.ts";

export interface MysqlConnection {
  readonly query: (sql: string) => Promise<unknown>;
  /** As the server says it before anything else. */
  readonly serverVersion: string;
  /** Ends the session as the protocol has it: a server counts any other end as an abort, and logs it. Never waits. */
  readonly quit: () => void;
}

export interface MysqlConnectOptions {
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  /** Undefined: plain text. */
  readonly tls: ConnectionOptions | undefined;
  /** Whether to go on in plain text where the server has no TLS. */
  readonly mayBePlain: boolean;
  readonly letLinger: LetLinger;
}

/** What mysql2's connection has, and its type declarations leave out. */
interface Internals extends Omit<Connection, "config"> {
  readonly config: object;
  stream: Socket;
  readonly serverCapabilityFlags: number;
  readonly sequenceId: number;
  readonly packetParser: { readonly execute: (data: Buffer) => void };
  handlePacket: (packet?: { sequenceId: number }) => void;
  startTLS: (onSecure: (error?: Error) => void) => void;
  readonly _handleNetworkError: (error: Error) => void;
}

/** https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
const clientSsl = 0x800;
/** A server that was frozen is still told goodbye when it goes on. */
const lingerMs = 10_000;

/** Opens a connection with the TLS that is asked for. The driver is loaded here. */
export async function openConnection(address: MysqlAddress, options: MysqlConnectOptions): Promise<MysqlConnection> {
  const { createConnection } = await import("mysql2");
  const { host, port, user, password, database } = address;
  const core = createConnection({
    ...(host.startsWith("/") ? { socketPath: host } : { host, ...(port !== undefined && { port }) }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
    connectTimeout: lingerMs,
    connectAttributes: { program_name: options.applicationName },
    multipleStatements: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
  }) as unknown as Internals;
  beSilent(core);
  encrypt(core, options);
  const quit = () => sayGoodbye(core, options.letLinger);
  const serverVersion = await untilConnected(core, options, quit);
  return {
    serverVersion,
    quit,
    query: (sql) =>
      new Promise((resolve, reject) => {
        core.query(sql, (error, result) => (error === null ? resolve(result) : reject(error)));
      }),
  };
}

/** Without a listener a connection that breaks would end the process. The next query fails, and says so. */
function untilConnected(
  core: Internals,
  { connectTimeoutMs, letLinger }: MysqlConnectOptions,
  quit: () => void,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let isLate = false;
  core.stream.once("data", (greeting: Buffer) => {
    const looksLike = nameServer(greeting);
    if (looksLike === undefined || looksLike === "MySQL") return;
    clearTimeout(timer);
    core.stream.destroy();
    reject(new ForeignServerError("MySQL", looksLike));
  });
  const timer = setTimeout(() => {
    isLate = true;
    letLinger(core.stream);
    reject(Object.assign(new Error("no answer"), { code: timedOut }));
  }, connectTimeoutMs);
  core.on("error", (error) => {
    clearTimeout(timer);
    reject(error);
  });
  core.once("connect", ({ serverVersion }: { readonly serverVersion: string }) => {
    clearTimeout(timer);
    // Whoever waited for it has gone.
    if (isLate) quit();
    else resolve(serverVersion);
  });
  return promise;
}

function sayGoodbye(core: Internals, letLinger: LetLinger): void {
  core.end(() => {});
  letLinger(core.stream);
  // A server closes the connection when it has read the goodbye; one that is frozen does not.
  const timer = setTimeout(() => core.stream.destroy(), lingerMs);
  timer.unref();
  core.stream.once("close", () => clearTimeout(timer));
}

/** mysql2 writes to stderr where a packet has another number than it expects, and goes on. */
function beSilent(core: Internals): void {
  const handle = core.handlePacket.bind(core);
  core.handlePacket = (packet) => {
    if (packet !== undefined) packet.sequenceId = core.sequenceId;
    handle(packet);
  };
}

/**
 * mysql2 verifies the certificate of an address against the name localhost, cannot go on in plain text, and knows no list of
 * revoked certificates. It asks for `ssl` when the server has said whether it has TLS.
 */
function encrypt(core: Internals, { tls, mayBePlain }: MysqlConnectOptions): void {
  if (tls === undefined) return;
  const mayUse = () => !mayBePlain || (core.serverCapabilityFlags & clientSsl) !== 0;
  Object.defineProperty(core.config, "ssl", { get: () => (mayUse() ? tls : false) });
  core.startTLS = (onSecure) => {
    core.stream.removeAllListeners("data");
    const { connect } = process.getBuiltinModule("node:tls");
    const secure = connect({ ...tls, socket: core.stream });
    let isEstablished = false;
    secure.once("secureConnect", () => {
      isEstablished = true;
      onSecure();
    });
    secure.on("error", (error) => (isEstablished ? core["_handleNetworkError"](error) : onSecure(error)));
    secure.on("data", (data: Buffer) => core.packetParser.execute(data));
    core.stream = secure;
  };
}
