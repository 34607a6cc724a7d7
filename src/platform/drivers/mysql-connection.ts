import type { Connection } from "mysql2";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { MysqlAddress } from "../../urls/address.ts";
import { ForeignServerError, nameServer } from "./foreign-answer.ts";
import type { LetLinger } from "./lingering.ts";
import { timedOut } from "./mysql-errors.ts";

export interface MysqlConnection {
  readonly query: (sql: string) => Promise<unknown>;
  /** Sends one statement with values for its `?`. */
  readonly execute: (sql: string, values: readonly unknown[]) => Promise<unknown>;
  /** The server's number for this connection. */
  readonly id: number;
  /** Resolves if the connection is lost. Stays pending if we close it. */
  readonly lost: Promise<Error>;
  /** From the server's greeting. */
  readonly serverVersion: string;
  /** Ends the session with the protocol's goodbye: a server counts any other end as an abort, and logs it. Never waits. */
  readonly quit: () => void;
}

export interface MysqlConnectOptions {
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  /** Undefined: plain text. */
  readonly tls: ConnectionOptions | undefined;
  /** Whether to continue in plain text if the server has no TLS. */
  readonly mayBePlain: boolean;
  readonly letLinger: LetLinger;
  /** Whether a message may hold several statements. Default: true. */
  readonly manyStatements?: boolean;
}

/** Parts of mysql2's connection that its types leave out. */
interface Internals extends Omit<Connection, "config"> {
  readonly config: object;
  stream: Socket;
  readonly serverCapabilityFlags: number;
  readonly sequenceId: number;
  readonly threadId: number;
  readonly packetParser: { readonly execute: (data: Buffer) => void };
  handlePacket: (packet?: { sequenceId: number }) => void;
  startTLS: (onSecure: (error?: Error) => void) => void;
  readonly _handleNetworkError: (error: Error) => void;
}

/** https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
const clientSsl = 0x800;
/** A network that forgets idle connections must not end a session that holds the upgrade lock. */
const keepAliveMs = 30_000;
/** The time in which a frozen server still gets the goodbye when it resumes. */
const lingerMs = 10_000;

/** Opens a connection with the given TLS. Loads the driver. */
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
    multipleStatements: options.manyStatements ?? true,
    keepAliveInitialDelay: keepAliveMs,
    supportBigNumbers: true,
    bigNumberStrings: true,
  }) as unknown as Internals;
  beSilent(core);
  encrypt(core, options);
  const { promise: lost, resolve: lose } = Promise.withResolvers<Error>();
  let isOurs = false;
  const quit = () => {
    isOurs = true;
    sayGoodbye(core, options.letLinger);
  };
  const serverVersion = await untilConnected(core, options, quit);
  const report = (error: Error) => {
    if (!isOurs) lose(error);
  };
  core.on("error", report);
  core.stream.once("close", () => report(closedError()));
  return {
    id: core.threadId,
    lost,
    serverVersion,
    quit,
    execute: (sql, values) =>
      new Promise((resolve, reject) => {
        core.execute(sql, [...values] as never[], (error, result) =>
          error === null ? resolve(result) : reject(error),
        );
      }),
    query: (sql) =>
      new Promise((resolve, reject) => {
        core.query(sql, (error, result) => (error === null ? resolve(result) : reject(error)));
      }),
  };
}

function closedError(): Error {
  return Object.assign(new Error("the connection was closed"), { code: "PROTOCOL_CONNECTION_LOST" });
}

/** Adds an error listener: without one, a broken connection would end the process. The next query reports the error. */
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
    // The caller has already got the timeout.
    if (isLate) quit();
    else resolve(serverVersion);
  });
  return promise;
}

function sayGoodbye(core: Internals, letLinger: LetLinger): void {
  core.end(() => {});
  letLinger(core.stream);
  // A server closes the connection after the goodbye. A frozen one does not.
  const timer = setTimeout(() => core.stream.destroy(), lingerMs);
  timer.unref();
  core.stream.once("close", () => clearTimeout(timer));
}

/** mysql2 writes to stderr if a packet has an unexpected number, and continues. Prevent that. */
function beSilent(core: Internals): void {
  const handle = core.handlePacket.bind(core);
  core.handlePacket = (packet) => {
    if (packet !== undefined) packet.sequenceId = core.sequenceId;
    handle(packet);
  };
}

/**
 * mysql2 verifies an IP address's certificate against the name localhost, cannot fall back to plain text, and does not
 * support revocation lists. It reads `ssl` after the server has announced whether it has TLS.
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
