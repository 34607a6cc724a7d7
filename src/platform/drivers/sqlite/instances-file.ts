import { existsSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { createLike, instancesPathOf } from "./paths.ts";

interface FileOptions {
  readonly readOnly?: boolean;
  /** SQLite's own wait blocks the event loop. */
  readonly waitMs: number;
}

/**
 * Adds SQL functions that run statements in the file of live instances, beside a database. The statements are a JSON array. The
 * functions return the rows of the last one as JSON, or NULL if there is no such file. The reports are not in the database itself: SQLite has one writer,
 * and a report must not make the app's transactions wait.
 * - `seaworthy_read_instances(statements)`
 * - `seaworthy_write_instances(statements)`: all or none
 */
export function addInstanceFunctions(database: DatabaseSync, realPath: () => string): void {
  const add = (name: string, answer: (path: string, statements: readonly string[]) => string) =>
    database.function(name, { directOnly: true }, (json) => {
      const path = instancesPathOf(realPath());
      return existsSync(path) ? answer(path, parseStatements(json)) : null;
    });
  add("seaworthy_read_instances", (path, statements) => run(path, statements, { readOnly: true, waitMs: 0 }));
  add("seaworthy_write_instances", (path, statements) => writeAll(path, statements, 0));
}

/** Adds `seaworthy_prepare_instances(statements)`, which creates the file, or replaces a damaged one, and writes to it. */
export function addPrepareFunction(database: DatabaseSync, realPath: () => string, waitMs: number): void {
  database.function("seaworthy_prepare_instances", { directOnly: true }, (json) =>
    prepare(realPath(), parseStatements(json), waitMs),
  );
}

const parseStatements = (json: unknown) => JSON.parse(String(json)) as readonly string[];

function prepare(realPath: string, statements: readonly string[], waitMs: number): string {
  const path = instancesPathOf(realPath);
  if (!existsSync(path)) createLike(realPath, path);
  try {
    return writeAll(path, statements, waitMs);
  } catch (error) {
    if (!isDamaged(error)) throw error;
    rmSync(path);
    createLike(realPath, path);
    return writeAll(path, statements, waitMs);
  }
}

function writeAll(path: string, statements: readonly string[], waitMs: number): string {
  // A report may be lost with the machine's power: then its instance has ended too.
  const begin = ["PRAGMA synchronous = OFF", "BEGIN IMMEDIATE"];
  return run(path, [...begin, ...statements], { waitMs });
}

function run(path: string, statements: readonly string[], { readOnly = false, waitMs }: FileOptions): string {
  let database: DatabaseSync | undefined;
  try {
    const opened = new DatabaseSync(path, { readOnly, timeout: waitMs });
    database = opened;
    const rows = statements.map((statement) => opened.prepare(statement).all()).at(-1);
    if (opened.isTransaction) opened.exec("COMMIT");
    return JSON.stringify(rows);
  } catch (error) {
    // The statement belongs to another database, so the message must name this file.
    if (error instanceof Error) error.message = `${path}: ${error.message}`;
    throw error;
  } finally {
    // Rolls back what is open.
    database?.close();
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB: https://sqlite.org/rescode.html */
function isDamaged(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && [11, 26].includes(Number(error.errcode) & 0xff);
}
