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
  /** As any client of MySQL or MariaDB writes it. */
  readonly url: string;
  /** Shown in performance_schema.session_connect_attrs. */
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  /** How long an answer may take before the session counts as lost. */
  readonly queryTimeoutMs: number;
  /** Shared by all looks of a process. Default: one for this session. */
  readonly letLinger?: LetLinger;
}

/** What a look needs; MySQL and MariaDB are never upgraded by us. */
export type MysqlSession = Pick<Session, "query" | "literal" | "close">;

/** The server ends a statement by itself first: then the session ends in order. */
const graceMs = 200;

/** Opens a session with MySQL or MariaDB. Rejects with an UnreachableError. The driver is loaded here. */
export async function connectMysql(options: MysqlOptions): Promise<MysqlSession> {
  const { queryTimeoutMs } = options;
  const address = addressOf(options.url);
  const connection = await open(address, options).catch((error: unknown) => {
    throw unreachable(address, error);
  });
  let limit: string | undefined = limitFor(connection.serverVersion, queryTimeoutMs);
  const ask = async (sql: string): Promise<unknown> => {
    const text = limit === undefined ? sql : `${limit}; ${sql}`;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(lateError()), queryTimeoutMs + graceMs);
    try {
      return await Promise.race([connection.query(text), late]);
    } catch (error) {
      // A proxy, or a relative, that has not the variable.
      if (limit === undefined || !isUnknownVariable(error)) throw error;
      limit = undefined;
      return await ask(sql);
    } finally {
      clearTimeout(timer);
      limit = undefined;
    }
  };
  return {
    // Text in hexadecimal means the same in every sql_mode, where a backslash does not.
    literal: (value) => `_utf8mb4 X'${Buffer.from(value, "utf8").toString("hex")}'`,
    async query(sql) {
      try {
        return lastRows(await ask(sql));
      } catch (error) {
        if (isTimeout(error)) throw unreachable(address, lateError());
        throw isStatementError(error) ? statementError(error) : unreachable(address, error);
      }
    },
    close: async () => connection.quit(),
  };
}

function addressOf(url: string): MysqlAddress {
  const read = readUrl(url);
  const cause = "refusal" in read ? read.refusal : "it does not lead to MySQL";
  if ("address" in read && read.address.engine === "mysql") return read.address;
  throw new UnreachableError(`cannot use the URL of the database: ${cause}.`, { transient: false, cause: undefined });
}

/** With TLS and without, in the order that the URL's mode has. A socket of this machine needs none. */
async function open(address: MysqlAddress, options: MysqlOptions): Promise<MysqlConnection> {
  const { mode } = address.tls;
  const { applicationName, connectTimeoutMs, letLinger = createLingering() } = options;
  const plain = { applicationName, connectTimeoutMs, letLinger, tls: undefined, mayBePlain: true };
  const isOptional = mode === "allow" || mode === "prefer";
  if (mode === "disable" || (isOptional && address.host.startsWith("/"))) return openConnection(address, plain);
  const tls = await tlsOptions(address.tls, address.host.startsWith("/") ? "localhost" : address.host);
  return openConnection(address, { ...plain, tls, mayBePlain: isOptional }).catch((error: unknown) => {
    // A server whose TLS is too old for us.
    if (isOptional && isTlsFailure(error)) return openConnection(address, plain);
    throw error;
  });
}

/** What lets the server end a statement by itself; undefined where it has no such limit. */
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

/** A message of several statements gives a list of results, of which those that return nothing are objects. */
function lastRows(result: unknown): readonly Row[] {
  if (!Array.isArray(result)) return [];
  const lists = result.filter((one) => Array.isArray(one));
  return (lists.length > 0 ? lists.at(-1) : result.filter((row) => !("affectedRows" in row))) as readonly Row[];
}
