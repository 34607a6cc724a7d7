import { DatabaseError, escapeLiteral, Query } from "pg";
import { UnreachableError, type Row, type Session } from "../../kernel/database.ts";
import { backendKeyOf, closeQuietly, sendCancel } from "./postgres-client.ts";
import { endsSession, statementError, unreachable } from "./postgres-errors.ts";
import { openClient } from "./postgres-hosts.ts";
import type { ConnectOptions } from "./postgres-options.ts";

/** Opens a session. Rejects with an UnreachableError. */
export async function connectPostgres(options: ConnectOptions): Promise<Session> {
  const { totalTimeoutMs = Number.POSITIVE_INFINITY } = options;
  const deadline = performance.now() + totalTimeoutMs;
  const lost = Promise.withResolvers<Error>();
  let closing = false;
  const opened = await openClient(options, (error) => {
    if (!closing) lost.resolve(unreachable(opened.address, error));
  });
  const { client, address } = opened;
  client.on("notification", () => options.onNotify?.());
  const failed = (error: unknown, statementsDone?: number) => {
    if (error instanceof DatabaseError && !endsSession(error)) return statementError(error, statementsDone);
    const { message, transient, cause } = unreachable(address, error);
    return new UnreachableError(message, { transient, cause, ...(statementsDone !== undefined && { statementsDone }) });
  };
  const ask = async (send: () => Promise<unknown>) => {
    try {
      return lastRows(await send());
    } catch (error) {
      throw failed(error);
    }
  };
  let pooled: Promise<boolean> | undefined;
  const askWhetherPooled = async () => {
    // A pooler reports an invented process id to its clients.
    const [row] = await ask(() => client.query("SELECT pg_catalog.pg_backend_pid() AS pid"));
    return row?.["pid"] !== backendKeyOf(client).processID;
  };
  return {
    lost: lost.promise,
    literal: escapeLiteral,
    query: (sql) => ask(() => client.query({ text: sql, ...timeLeft(deadline) })),
    execute: (sql) =>
      new Promise((resolve, reject) => {
        const script: Script = new Script(sql, (error) => (error ? reject(failed(error, script.done)) : resolve()));
        client.query(script);
      }),
    queryWith: (sql, values = []) => ask(() => client.query(sql, [...values])),
    isPooled: () => (pooled ??= askWhetherPooled()),
    cancel: () => sendCancel(opened),
    async close() {
      closing = true;
      await closeQuietly(client);
    },
  };
}

/** pg keeps a result for each statement of a message, with all its rows. */
class Script extends Query {
  /** The number of completed statements. Postgres reports each of them, but not which one failed. */
  done = 0;

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleCommandComplete(): void {
    this.done++;
  }
}

/** The query option for the remaining time. */
function timeLeft(deadline: number): { readonly query_timeout?: number } {
  const left = deadline - performance.now();
  return left === Number.POSITIVE_INFINITY ? {} : { query_timeout: Math.max(1, left) };
}

/** pg returns a list of results for a message with several statements. */
function lastRows(result: unknown): readonly Row[] {
  const results = (Array.isArray(result) ? result : [result]) as readonly {
    readonly rows: Row[];
    readonly fields: unknown[];
  }[];
  return results.findLast(({ fields }) => fields.length > 0)?.rows ?? [];
}
