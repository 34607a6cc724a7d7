import { Client } from "pg";
import { startPostgres } from "../../harness/postgres.ts";
import { childrenOf } from "../../harness/proc.ts";
import { waitFor } from "../../harness/wait.ts";
import { cpuOf, type BenchServer } from "./server.ts";

/** A Postgres that never waits for the disk. */
export async function openPostgres(): Promise<BenchServer> {
  // Autovacuum would add CPU time of its own.
  const postgres = await startPostgres({
    flags: ["autovacuum=off", "io_method=sync", "max_wal_size=4GB", "checkpoint_timeout=1h"],
  });
  // Keep this session open: its CPU time never counts as that of an ended session.
  const control = new Client({ connectionString: postgres.url });
  await control.connect();
  let created = 0;
  /** The number of the server's own processes, plus `control`. */
  const standing = childrenOf(postgres.pid).length;
  return {
    async cpuOfSessionsMs() {
      await waitFor("the sessions to end", () => childrenOf(postgres.pid).length <= standing);
      return cpuOf(postgres.pid).childrenMs;
    },
    async createDatabase() {
      const name = `bench_${++created}`;
      await control.query(`CREATE DATABASE ${name}`);
      const url = postgres.urlOf(name);
      return {
        url,
        countTables: () => countTables(url),
        drop: async () => void (await control.query(`DROP DATABASE ${name} WITH (FORCE)`)),
      };
    },
    async stop() {
      await control.end();
      await postgres.stop();
    },
  };
}

async function countTables(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const sql = "SELECT count(*)::int AS tables FROM pg_tables WHERE tablename LIKE 'table\\_%'";
    return (await client.query<{ readonly tables: number }>(sql)).rows[0]?.tables ?? 0;
  } finally {
    await client.end();
  }
}
