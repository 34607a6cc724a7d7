import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { UnreachableError, type Row, type Session } from "../../../kernel/database.ts";
import { cancelled, statementErrorOf, unreachable } from "./errors.ts";
import { addressOf, choosePathToCreate, pathsOf, realPathOf, refuseOtherThanFile, refuseUnwritable } from "./paths.ts";
import { literal } from "./reader.ts";
import type { SqliteAnswer, SqliteRequest } from "./server.ts";

/**
 * Starts a process that answers SqliteRequests by Node's channel (serialization: advanced), and that the kernel ends when
 * this one ends.
 */
export type StartSqlite = () => ChildProcess;

interface Waiting {
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: Error) => void;
}

const endWithinMs = 2000;

/**
 * Opens a database to write to it, in a process of its own: SQLite runs a statement to its end, and only the end of its
 * process can interrupt it. That rolls back. The database is created by the first statement that writes.
 * Throws a Failure (78) if it cannot be written, and rejects with an UnreachableError if its folder does not exist.
 */
export async function openSqliteProcess(url: string, start: StartSqlite): Promise<Session> {
  const address = addressOf(url);
  const path = realPathOf(choosePathToCreate(pathsOf(url)));
  refuseOtherThanFile(path);
  refuseUnwritable(path, address);
  if (address.mustExist && !existsSync(path)) throw unreachable(path, undefined);
  const child = start();
  const waiting = new Map<number, Waiting>();
  const lost = Promise.withResolvers<Error>();
  const ended = Promise.withResolvers<void>();
  let isCancelled = false;
  let isClosing = false;
  let sent = 0;
  let end: Error | undefined;

  child.on("message", (answer: SqliteAnswer) => {
    const one = waiting.get(answer.number);
    waiting.delete(answer.number);
    if (answer.error === undefined) one?.resolve((answer.rows ?? []) as readonly Row[]);
    else one?.reject(statementErrorOf(answer.error));
  });
  const endWith = (how: string, cause?: unknown) => {
    end ??= isCancelled
      ? cancelled(cause)
      : new UnreachableError(`the process that writes to the SQLite database ${path} ${how}.`, {
          transient: false,
          cause,
        });
    for (const { reject } of waiting.values()) reject(end);
    waiting.clear();
    if (!isClosing) lost.resolve(end);
    ended.resolve();
  };
  child.on("error", (error) => endWith(`cannot be started: ${error.message}`, error));
  child.on("exit", (code, signal) => endWith(`was ended by ${signal ?? `exit code ${code}`}`));

  const send = (request: Omit<SqliteRequest, "path" | "number">): Promise<readonly Row[]> =>
    new Promise((resolve, reject) => {
      if (end !== undefined) return reject(end);
      sent++;
      waiting.set(sent, { resolve, reject });
      // The end of the process rejects it too.
      child.send({ path, number: sent, ...request } satisfies SqliteRequest, () => {});
    });
  const kill = async () => {
    child.kill("SIGKILL");
    await ended.promise;
    await rollBackIn(path);
  };
  return {
    literal,
    lost: lost.promise,
    query: (sql) => send({ sql, wantsRows: true }),
    queryWith: (sql, values = []) => send({ sql, values, wantsRows: true }),
    async execute(sql) {
      await send({ sql, wantsRows: false });
    },
    isPooled: async () => false,
    async cancel() {
      if (waiting.size === 0 || isCancelled) return;
      isCancelled = true;
      await kill();
    },
    async close() {
      isClosing = true;
      if (end !== undefined) return;
      if (waiting.size > 0) return kill();
      const timer = setTimeout(() => child.kill("SIGKILL"), endWithinMs);
      if (child.connected) child.disconnect();
      await ended.promise;
      clearTimeout(timer);
    },
  };
}

/** Until a writer has done this, no look can read the database. */
async function rollBackIn(path: string): Promise<void> {
  if (!existsSync(`${path}-journal`)) return;
  const { DatabaseSync } = await import("node:sqlite");
  try {
    const database = new DatabaseSync(path, { timeout: 0 });
    database.prepare("SELECT 1 FROM sqlite_schema").all();
    database.close();
  } catch {
    // The next writer does it.
  }
}
