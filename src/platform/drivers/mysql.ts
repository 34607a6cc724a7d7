import { UnreachableError, type Row, type Session } from "../../kernel/database.ts";
import type { MysqlAddress } from "../../urls/address.ts";
import { readUrl } from "../../urls/read.ts";
import { createLingering, type LetLinger } from "./lingering.ts";
import { openConnection, type MysqlConnection } from "./mysql-connection.ts";
import {
  isStatementError,
  isTimeout,
  isTlsFailure,
  isUnknownVariable,
  statementError,
  timedOut,
  unreachable,
} from "./mysql-errors.ts";
import { tlsOptions } from "./tls.ts";

export interface MysqlOptions {
  /** In the notation of any MySQL or MariaDB client. */
  readonly url: string;
  /** Shown in performance_schema.session_connect_attrs. */
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  /** The time limit for an answer. After it, the session counts as lost. Default: none. */
  readonly queryTimeoutMs?: number;
  /** Whether a message may hold several statements. Default: true. */
  readonly manyStatements?: boolean;
  /** Shared by all looks of a process. Default: a separate one for this session. */
  readonly letLinger?: LetLinger;
}

/** The server's own limit is shorter, so that the server ends a statement and the session ends properly. */
const graceMs = 200;

/** Opens a session with MySQL or MariaDB. Rejects with an UnreachableError. Loads the driver. */
export async function connectMysql(options: MysqlOptions): Promise<Session> {
  const address = addressOf(options.url);
  const connection = await open(address, options).catch((error: unknown) => {
    throw unreachable(address, error);
  });
  const explain = (error: unknown) => {
    if (isTimeout(error)) return unreachable(address, lateError());
    return isStatementError(error) ? statementError(error) : unreachable(address, error);
  };
  const send = limitAnswers(connection, options.queryTimeoutMs);
  const ask = (sql: string) =>
    send(sql).catch((error: unknown) => {
      throw explain(error);
    });
  const canceller = createCanceller(connection.id, () => open(address, options));
  return {
    // Hexadecimal text has the same meaning in every sql_mode. A backslash does not.
    literal: (value) => `_utf8mb4 X'${Buffer.from(value, "utf8").toString("hex")}'`,
    query: async (sql) => lastRows(await ask(sql)),
    execute: async (sql) => void (await ask(sql)),
    async queryWith(sql, values = []) {
      if (values.length === 0) return lastRows(await ask(sql));
      const answer = await connection.execute(sql, values).catch((error: unknown) => {
        throw explain(error);
      });
      return lastRows(answer);
    },
    isPooled: async () => false,
    cancel: canceller.cancel,
    async close() {
      canceller.close();
      connection.quit();
    },
    lost: connection.lost.then((error) => unreachable(address, error)),
  };
}

/** Sends messages with a time limit for the answer, of which the first message tells the server. */
function limitAnswers({ query, serverVersion }: MysqlConnection, timeoutMs: number | undefined) {
  if (timeoutMs === undefined) return query;
  let limit: string | undefined = limitFor(serverVersion, timeoutMs);
  const send = async (sql: string): Promise<unknown> => {
    const text = limit === undefined ? sql : `${limit}; ${sql}`;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(lateError()), timeoutMs + graceMs);
    try {
      return await Promise.race([query(text), late]);
    } catch (error) {
      // A proxy or a related product without this variable.
      if (limit === undefined || !isUnknownVariable(error)) throw error;
      limit = undefined;
      return await send(sql);
    } finally {
      clearTimeout(timer);
      limit = undefined;
    }
  };
  return send;
}

/** Cancels the running statement from another connection, which stays open for more tries. */
function createCanceller(id: number, open: () => Promise<MysqlConnection>) {
  let other: Promise<MysqlConnection> | undefined;
  return {
    async cancel() {
      try {
        other ??= open();
        await (await other).query(`KILL QUERY ${id}`);
      } catch {
        other = undefined;
      }
    },
    close() {
      void other?.then(({ quit }) => quit()).catch(() => {});
    },
  };
}

function addressOf(url: string): MysqlAddress {
  const read = readUrl(url);
  const cause = "refusal" in read ? read.refusal : "it does not lead to MySQL";
  if ("address" in read && read.address.engine === "mysql") return read.address;
  throw new UnreachableError(`cannot use the URL of the database: ${cause}.`, { transient: false, cause: undefined });
}

/** Tries with and without TLS, in the order of the URL's mode. A local socket needs no TLS. */
async function open(address: MysqlAddress, options: MysqlOptions): Promise<MysqlConnection> {
  const { mode } = address.tls;
  const { applicationName, connectTimeoutMs, letLinger = createLingering(), manyStatements = true } = options;
  const plain = { applicationName, connectTimeoutMs, letLinger, manyStatements, tls: undefined, mayBePlain: true };
  const isOptional = mode === "allow" || mode === "prefer";
  if (mode === "disable" || (isOptional && address.host.startsWith("/"))) return openConnection(address, plain);
  const tls = await tlsOptions(address.tls, address.host.startsWith("/") ? "localhost" : address.host);
  return openConnection(address, { ...plain, tls, mayBePlain: isOptional }).catch((error: unknown) => {
    // The server's TLS is too old for Node.
    if (isOptional && isTlsFailure(error)) return openConnection(address, plain);
    throw error;
  });
}

/** The statement that sets the server's time limit. Undefined if it has none. */
function limitFor(serverVersion: string, timeoutMs: number): string | undefined {
  const [, major = 0, minor = 0] = /^(?:5\.5\.5-)?(\d+)\.(\d+)/.exec(serverVersion)?.map(Number) ?? [];
  if (/mariadb/i.test(serverVersion))
    return major > 10 || (major === 10 && minor >= 1)
      ? `SET SESSION max_statement_time = ${timeoutMs / 1000}`
      : undefined;
  return major > 5 || (major === 5 && minor >= 7) ? `SET SESSION max_execution_time = ${timeoutMs}` : undefined;
}

function lateError(): Error {
  return Object.assign(new Error("no answer"), { code: timedOut });
}

/** A message with several statements gives a list of results. A statement without rows gives an object. */
function lastRows(result: unknown): readonly Row[] {
  if (!Array.isArray(result)) return [];
  const lists = result.filter((one) => Array.isArray(one));
  return (lists.length > 0 ? lists.at(-1) : result.filter((row) => !("affectedRows" in row))) as readonly Row[];
}
