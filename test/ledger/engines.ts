import { spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { loadEngine } from "../../src/ledger/engines.ts";
import type { LedgerContext } from "../../src/ledger/engine.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import type { OpenSession } from "../../src/ledger/sessions.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { connectPostgres } from "../../src/platform/drivers/postgres.ts";
import { openSqliteProcess } from "../../src/platform/drivers/sqlite/process.ts";
import { openSqlite } from "../../src/platform/drivers/sqlite/reader.ts";
import { scratchPath } from "../harness/scratch.ts";
import { connectMysql } from "../../src/platform/drivers/mysql.ts";
import { waitFor } from "../harness/wait.ts";
import { createDatabase } from "../harness/database.ts";
import { lacksMariadb, startMariadb, type MariadbServer } from "../harness/mariadb.ts";

/** A database of one engine, to test the promises that every engine keeps. */
export interface EngineDatabase extends AsyncDisposable {
  /** Opens the ledger as another upgrade would. */
  readonly open: () => Promise<Ledger>;
  /** Ends the server connection that holds a lock. */
  readonly end: (holder: number) => Promise<unknown>;
  /** The names in a table of a migration or of the ledger. */
  readonly names: (table: string) => Promise<readonly unknown[]>;
  /** Removes a table of the ledger. */
  readonly drop: (table: string) => Promise<unknown>;
}

export interface EngineUnderTest {
  /** Why it cannot be tested here. */
  readonly lacks?: string | undefined;
  readonly create: () => Promise<EngineDatabase>;
}

/** The engines under test. Add a line for a new one. */
export const engines: Readonly<Record<string, EngineUnderTest>> = {
  postgres: { create: postgres },
  mysql: { lacks: lacksMariadb(), create: mariadb },
  sqlite: { create: sqlite },
};

const silent = () => {};
const context: LedgerContext = {
  clock: systemClock,
  random: Math.random,
  log: { debug: silent, info: silent, warn: silent, error: silent, progress: silent },
  signal: new AbortController().signal,
};

async function postgres(): Promise<EngineDatabase> {
  const { url, query, drop } = await createDatabase();
  const opened = new AsyncDisposableStack();
  const connect = async (to: string, applicationName: string) => {
    const session = await connectPostgres({ url: to, applicationName, connectTimeoutMs: 10_000 });
    opened.defer(session.close);
    return session;
  };
  const { openLedger } = await loadEngine(url);
  return {
    open: () => openLedger(url, { purpose: "upgrade", open: connect, openAfresh: connect, context }),
    end: (holder) => query(`SELECT pg_terminate_backend(${holder}, 10000)`),
    names: async (table) => (await query(`SELECT name FROM ${table} ORDER BY 1`)).map(({ name }) => name),
    drop: (table) => query(`DROP TABLE ${table} CASCADE`),
    async [Symbol.asyncDispose]() {
      await opened.disposeAsync();
      await drop();
    },
  };
}

const program = join(import.meta.dirname, "../../entrypoint/main.ts");

async function sqlite(): Promise<EngineDatabase> {
  const path = scratchPath("app.db");
  const url = `sqlite:${path}`;
  const opened = new AsyncDisposableStack();
  const children: ChildProcess[] = [];
  const start = () => {
    const stdio: ["ignore", "ignore", "inherit", "ipc"] = ["ignore", "ignore", "inherit", "ipc"];
    const child = spawn(process.execPath, [program, "--serve-sqlite"], { stdio, serialization: "advanced" });
    children.push(child);
    return child;
  };
  const connect: OpenSession = async (to, _purpose, access) => {
    const session =
      access === "write"
        ? await openSqliteProcess(to, start)
        : await openSqlite(to, { ifMissing: "empty", recovers: true });
    opened.defer(session.close);
    return session;
  };
  const { openLedger } = await loadEngine(url);
  return {
    open: () => openLedger(url, { purpose: "upgrade", open: connect, openAfresh: connect, context }),
    async end(holder) {
      process.kill(holder, "SIGKILL");
      const child = children.find(({ pid }) => pid === holder);
      await waitFor("the end of the process", async () => child?.signalCode !== null);
    },
    async names(table) {
      const database = new DatabaseSync(path, { readOnly: true });
      try {
        const rows = database.prepare(`SELECT name FROM "${table.replace(".", "_")}" ORDER BY 1`).all();
        return rows.map(({ name }) => name);
      } finally {
        database.close();
      }
    },
    async drop(table) {
      if (table === "seaworthy.instances") return rmSync(`${path}-seaworthy-instances`);
      const database = new DatabaseSync(path);
      database.exec(`DROP TABLE "${table.replace(".", "_")}"`);
      database.close();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

let server: Promise<MariadbServer> | undefined;
let databases = 0;

/** Ends the servers that the engines have started. */
export async function stopServers(): Promise<void> {
  await (await server)?.stop();
}

async function mariadb(): Promise<EngineDatabase> {
  server ??= startMariadb();
  const { run, url: shop } = await server;
  const name = `ledger_${++databases}`;
  await run(`CREATE DATABASE ${name}`);
  const url = shop.replace(/shop$/, name);
  const opened = new AsyncDisposableStack();
  const connect = async (to: string, applicationName: string) => {
    const manyStatements = !applicationName.endsWith(" lock");
    const session = await connectMysql({ url: to, applicationName, manyStatements, connectTimeoutMs: 10_000 });
    opened.defer(session.close);
    return session;
  };
  const { openLedger } = await loadEngine(url);
  const tableOf = (table: string) => table.replace("seaworthy.", "seaworthy_");
  return {
    open: () => openLedger(url, { purpose: "upgrade", open: connect, openAfresh: connect, context }),
    async end(holder) {
      await run(`KILL ${holder}`);
      await waitFor("the connection to end", async () => {
        const session = await connect(url, "look");
        const rows = await session.query(`SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ${holder}`);
        await session.close();
        return rows.length === 0;
      });
    },
    async names(table) {
      const session = await connect(url, "look");
      return (await session.query(`SELECT name FROM ${tableOf(table)} ORDER BY 1`)).map((row) => row["name"]);
    },
    drop: (table) => run(`DROP TABLE ${name}.${tableOf(table)}`),
    async [Symbol.asyncDispose]() {
      await opened.disposeAsync();
      await run(`DROP DATABASE ${name}`);
    },
  };
}
