import { loadEngine } from "../../src/ledger/engines.ts";
import type { LedgerContext } from "../../src/ledger/engine.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { connectPostgres } from "../../src/platform/drivers/postgres.ts";
import { createDatabase } from "../harness/database.ts";

/** A database of one engine, to test the promises that every engine keeps. */
export interface EngineDatabase extends AsyncDisposable {
  /** Opens the ledger as another upgrade would. */
  readonly open: () => Promise<Ledger>;
  /** Ends the server connection that holds a lock. */
  readonly end: (holder: number) => Promise<unknown>;
  /** The names in a table of a migration or of the ledger. */
  readonly names: (table: string) => Promise<readonly unknown[]>;
}

/** The engines under test. Add a line for a new one. */
export const engines: Readonly<Record<string, () => Promise<EngineDatabase>>> = { postgres };

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
    async [Symbol.asyncDispose]() {
      await opened.disposeAsync();
      await drop();
    },
  };
}
