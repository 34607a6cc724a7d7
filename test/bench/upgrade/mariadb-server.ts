import { startMariadb } from "../../harness/mariadb.ts";
import { waitFor } from "../../harness/wait.ts";
import { cpuOf, type BenchServer } from "./server.ts";

/** A MariaDB that never waits for the disk. */
export async function openMariadb(): Promise<BenchServer> {
  const mariadb = await startMariadb(["--debug-no-sync", "--innodb-flush-method=nosync", "--innodb-log-file-size=1G"]);
  let created = 0;
  return {
    async cpuOfSessionsMs() {
      const others = "SELECT ID FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND USER = 'root'";
      await waitFor("the sessions to end", async () => (await mariadb.query(others)).length === 0);
      // Sessions are threads.
      return cpuOf(mariadb.pid).ownMs;
    },
    async createDatabase() {
      const name = `bench_${++created}`;
      await mariadb.run(`CREATE DATABASE ${name}`);
      return {
        url: mariadb.url.replace(/shop$/, name),
        async countTables() {
          const [row] = await mariadb.query(`SELECT COUNT(*) AS tables FROM information_schema.TABLES
            WHERE TABLE_SCHEMA = '${name}' AND TABLE_NAME LIKE 'table\\_%'`);
          return Number(row?.["tables"]);
        },
        drop: () => mariadb.run(`DROP DATABASE ${name}`),
      };
    },
    stop: mariadb.stop,
  };
}
