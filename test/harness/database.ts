import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { startPostgres } from "./postgres.ts";

export interface TestDatabase {
  readonly url: string;
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>;
  /** The URL with another user, password or database. */
  readonly urlWith: (change: {
    readonly user?: string;
    readonly password?: string;
    readonly database?: string;
  }) => string;
  /** Ends all connections and removes the database. */
  readonly drop: () => Promise<void>;
}

/** Creates an empty database on the test run's Postgres. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = await serverUrl();
  const name = `test_${randomBytes(6).toString("hex")}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const urlWith: TestDatabase["urlWith"] = ({ user, password, database = name }) => {
    const url = new URL(server);
    url.pathname = `/${database}`;
    if (user !== undefined) url.username = user;
    if (password !== undefined) url.password = password;
    return url.href;
  };
  return {
    url: urlWith({}),
    urlWith,
    query: (sql) => onServer(urlWith({}), sql),
    drop: async () => void (await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

let own: ReturnType<typeof startPostgres> | undefined;

/** The test run's Postgres. If a file runs by itself, it gets its own Postgres, which ends with it. */
export async function serverUrl(): Promise<string> {
  const shared = process.env["TEST_POSTGRES_URL"];
  if (shared !== undefined) return shared;
  own ??= startPostgres();
  return (await own).url;
}

async function onServer(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query(sql);
    return Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows;
  } finally {
    await client.end();
  }
}
