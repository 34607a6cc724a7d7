import { createConnection } from "mysql2/promise";
import { Client } from "pg";
import { createCluster } from "../../harness/cluster.ts";
import { startMariadb } from "../../harness/mariadb.ts";
import { treeCpuMs } from "./cpu.ts";

/** The server's own counters since its start, and how many connections the instances hold now. */
export interface Counters {
  readonly opened: number;
  readonly queries: number;
  readonly held: number;
}

export interface FleetServer {
  /** For the instances and the upgrade. */
  readonly url: string;
  readonly counters: () => Promise<Counters>;
  /** CPU time of the server's processes, those that have ended included, in milliseconds. */
  readonly cpuMs: () => number;
  /** Opens a connection as the app does. Rejects if the server refuses. */
  readonly connect: () => Promise<{ readonly close: () => Promise<void> }>;
  /** When the migration was recorded as applied, in milliseconds since 1970. */
  readonly appliedAt: (migration: string) => Promise<number>;
  readonly stop: () => Promise<void>;
}

export const allowed = 100;

export async function openPostgres(): Promise<FleetServer> {
  const cluster = await createCluster({ max_connections: allowed });
  const superuser = new URL(cluster.url);
  superuser.username = "postgres";
  const control = new Client({ connectionString: superuser.href, application_name: "bench control" });
  await control.connect();
  const [row] = (await control.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows;
  const ask = async (sql: string) => (await control.query<Record<string, unknown>>(sql)).rows[0] ?? {};
  return {
    url: cluster.url,
    async counters() {
      const found = await ask(`SELECT sessions AS opened, xact_commit + xact_rollback AS queries,
          (SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'seaworthy%') AS held
        FROM pg_stat_database WHERE datname = current_database()`);
      return { opened: Number(found["opened"]), queries: Number(found["queries"]), held: Number(found["held"]) };
    },
    cpuMs: () => treeCpuMs(cluster.pid(), row?.pid),
    async connect() {
      const client = new Client({ connectionString: cluster.url, application_name: "app" });
      client.on("error", () => {});
      await client.connect();
      return { close: () => client.end() };
    },
    async appliedAt(migration) {
      const found = await ask(
        `SELECT extract(epoch FROM applied_at) * 1000 AS at FROM seaworthy.migrations WHERE name = '${migration}'`,
      );
      return Number(found["at"]);
    },
    async stop() {
      await control.end();
      await cluster.remove();
    },
  };
}

export async function openMariadb(): Promise<FleetServer> {
  const server = await startMariadb([`--max-connections=${allowed}`]);
  await server.run("CREATE USER fleet@localhost IDENTIFIED BY 'fleet'; GRANT ALL ON *.* TO fleet@localhost");
  const open = () => createConnection(server.url);
  const control = await open();
  const number = async (sql: string) => {
    const [rows] = await control.query(sql);
    return Number(Object.values((rows as Record<string, unknown>[])[0] ?? {}).at(-1));
  };
  return {
    url: server.urlWith("fleet", "fleet"),
    counters: async () => ({
      opened: await number("SHOW GLOBAL STATUS LIKE 'Connections'"),
      queries: await number("SHOW GLOBAL STATUS LIKE 'Questions'"),
      held: await number("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'fleet'"),
    }),
    cpuMs: () => treeCpuMs(server.pid),
    async connect() {
      const connection = await open();
      return { close: () => connection.end() };
    },
    appliedAt: (migration) =>
      number(`SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', applied_at) / 1000
        FROM shop.seaworthy_migrations WHERE name = '${migration}'`),
    async stop() {
      await control.end();
      await server.stop();
    },
  };
}
