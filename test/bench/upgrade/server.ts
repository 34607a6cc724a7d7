import { readFileSync } from "node:fs";
import { Client } from "pg";
import { startPostgres } from "../../harness/postgres.ts";
import { childrenOf } from "../../harness/proc.ts";
import { waitFor } from "../../harness/wait.ts";

/** A Postgres without background work. */
export interface BenchServer {
  readonly createDatabase: () => Promise<BenchDatabase>;
  /** CPU time of all sessions, in milliseconds, once all have ended. The kernel counts in steps of ten. */
  readonly cpuOfSessionsMs: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

export interface BenchDatabase {
  readonly url: string;
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>;
  readonly drop: () => Promise<void>;
}

export async function openServer(): Promise<BenchServer> {
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
      return cpuOfChildrenMs(postgres.pid);
    },
    async createDatabase() {
      const name = `bench_${++created}`;
      await control.query(`CREATE DATABASE ${name}`);
      const url = postgres.urlOf(name);
      return {
        url,
        query: (sql) => askOnce(url, sql),
        drop: async () => void (await control.query(`DROP DATABASE ${name} WITH (FORCE)`)),
      };
    },
    async stop() {
      await control.end();
      await postgres.stop();
    },
  };
}

async function askOnce(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The kernel's clock tick for user space. It is the same on every architecture. */
const tickMs = 10;

function cpuOfChildrenMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name is in parentheses and may contain any character. cutime and cstime are fields 16 and 17 of proc(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * tickMs;
}
