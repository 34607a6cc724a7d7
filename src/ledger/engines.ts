import type { Engine as EngineName } from "../urls/address.ts";
import { engineOf, productOf } from "../urls/read.ts";
import type { Engine } from "./engine.ts";

/** The engines that keep a ledger, by the engine's name. A new engine is a folder, and a line here. */
const engines: Partial<Readonly<Record<EngineName, () => Promise<Engine>>>> = {
  postgres: async () => (await import("./postgres/engine.ts")).postgres,
  mysql: async () => (await import("./mysql/engine.ts")).mysql,
  sqlite: async () => (await import("./sqlite/engine.ts")).sqlite,
};

/** Whether seaworthy keeps its lock and its record in the database at this URL. */
export function keepsLedger(url: string): boolean {
  const name = engineOf(url);
  return name !== undefined && name in engines;
}

const products: Readonly<Record<EngineName, string>> = {
  postgres: "Postgres",
  mysql: "MySQL or MariaDB",
  sqlite: "SQLite",
  redis: "Redis",
};

/** Says that a URL leads to a database without a ledger: the end of a sentence, without its full stop. */
export function whyNoLedger(url: string): string {
  const known = (Object.keys(engines) as EngineName[]).map((name) => products[name]).join(", ");
  return `leads to ${productOf(url)}, and seaworthy keeps the lock and the record of an upgrade in ${known} only`;
}

/** Loads the engine for a URL. */
export async function loadEngine(url: string): Promise<Engine> {
  const name = engineOf(url);
  const engine = name === undefined ? undefined : await findEngine(name);
  if (engine === undefined) throw new Error(`no ledger can be kept in a database of ${name ?? "an unknown engine"}`);
  return engine;
}

/** Undefined if this engine keeps no ledger. */
export async function findEngine(name: EngineName): Promise<Engine | undefined> {
  return engines[name]?.();
}
