import { Client } from "pg";
import { waitFor } from "../../harness/wait.ts";

/** The server of the runs' databases, accessed as its superuser. */
export interface CrashServer {
  readonly urlOf: (database: string) => string;
  /** Runs on a new connection to that database. Retries until the server accepts it. */
  readonly use: <T>(database: string, work: (client: Client) => Promise<T>) => Promise<T>;
}

export function crashServer(url: string): CrashServer {
  const urlOf = (database: string) => {
    const of = new URL(url);
    of.pathname = `/${database}`;
    return of.href;
  };
  return {
    urlOf,
    async use(database, work) {
      const client = await waitFor("the server", () => connectOnce(urlOf(database)));
      try {
        return await work(client);
      } finally {
        await client.end().catch(() => {});
      }
    },
  };
}

async function connectOnce(url: string): Promise<Client | undefined> {
  const client = new Client({ connectionString: url });
  // It may be the server that a test kills.
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch {
    return undefined;
  }
}

/** The sessions of upgrades: `upgrade` works, `upgrade lock` holds the lock. */
export const sessionNames = { work: "seaworthy upgrade crash", lock: "seaworthy upgrade lock crash" } as const;
