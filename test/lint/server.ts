import { Client } from "pg";
import { splitPieces } from "../../src/lint/parsing/split.ts";
import { createDatabase } from "../harness/database.ts";
import { shop } from "./shop.ts";

/** The tables of shop.ts on a real server. Each trial of a migration is rolled back. */
export interface Server {
  readonly client: Client;
  /** The SQLSTATE if the server refuses the migration, or undefined. */
  readonly refusalOf: (sql: string, mode: { readonly transaction: boolean }) => Promise<string | undefined>;
  readonly observe: (sql: string) => Promise<Observation>;
  readonly close: () => Promise<void>;
}

/** The effects of a migration on existing tables. */
export interface Observation {
  /** Tables with a lock that makes writes wait (for a materialized view: reads). */
  readonly locked: readonly string[];
  /** Tables that it scanned or rewrote, or built an index on, while any table was locked. */
  readonly touchedUnderLock: readonly string[];
}

export async function startServer(setup = shop): Promise<Server> {
  await using opened = new AsyncDisposableStack();
  const database = opened.adopt(await createDatabase(), ({ drop }) => drop());
  const client = opened.adopt(new Client({ connectionString: database.url }), (one) => one.end());
  await client.connect();
  await client.query(setup);
  const kept = opened.move();
  return {
    client,
    refusalOf: (sql, mode) => refusalOf(client, sql, mode),
    observe: (sql) => observe(client, sql),
    close: () => kept.disposeAsync(),
  };
}

async function refusalOf(client: Client, sql: string, { transaction }: { readonly transaction: boolean }) {
  if (transaction) await client.query("BEGIN");
  try {
    await client.query(sql);
    return undefined;
  } catch (error) {
    return (error as { readonly code?: string }).code;
  } finally {
    await client.query("ROLLBACK");
  }
}

async function observe(client: Client, sql: string): Promise<Observation> {
  const locked = new Set<string>();
  const touchedUnderLock = new Set<string>();
  await client.query("BEGIN");
  try {
    let before = await stateOf(client);
    const known = new Set(before.keys());
    for (const { text } of splitPieces(sql)) {
      await client.query(text);
      const after = await stateOf(client);
      for (const [name, { isLocked }] of after) if (isLocked && known.has(name)) locked.add(name);
      for (const [name, { rows }] of after)
        if (locked.size > 0 && known.has(name) && rows !== before.get(name)?.rows) touchedUnderLock.add(name);
      before = after;
    }
    return { locked: [...locked], touchedUnderLock: [...touchedUnderLock] };
  } finally {
    await client.query("ROLLBACK");
  }
}

interface TableState {
  readonly isLocked: boolean;
  /** Changes when Postgres scans the table, rewrites it or builds an index on it. */
  readonly rows: string;
}

async function stateOf(client: Client): Promise<ReadonlyMap<string, TableState>> {
  const { rows } = await client.query<TableState & { readonly name: string }>(`
    SELECT c.oid::text AS name,
      EXISTS (
        SELECT FROM pg_locks l WHERE l.pid = pg_backend_pid() AND l.relation = c.oid AND (
          l.mode = 'AccessExclusiveLock'
          OR c.relkind <> 'm' AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock'))
      ) AS "isLocked",
      concat_ws(' ', c.relfilenode, s.seq_tup_read,
        (SELECT string_agg(i.relfilenode::text, ' ' ORDER BY i.oid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
          WHERE x.indrelid = c.oid AND i.relfilenode <> 0)) AS rows
    FROM pg_class c LEFT JOIN pg_stat_xact_user_tables s ON s.relid = c.oid
    WHERE c.relkind IN ('r', 'p', 'm') AND c.relnamespace = 'public'::regnamespace`);
  return new Map(rows.map(({ name, ...state }) => [name, state]));
}
