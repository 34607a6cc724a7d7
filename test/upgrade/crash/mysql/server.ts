import { createConnection } from "mysql2/promise";
import type { MariadbServer } from "../../../harness/mariadb.ts";
import { waitFor } from "../../../harness/wait.ts";

type Rows = readonly Readonly<Record<string, unknown>>[];

/** A database of one run. */
export interface RunDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly server: MariadbServer;
  /** Asks on a new connection. Retries until the server accepts it. */
  readonly query: (sql: string) => Promise<Rows>;
  /** The connection that holds the upgrade lock. */
  readonly holder: () => Promise<number | undefined>;
}

export async function createRunDatabase(server: MariadbServer, name: string): Promise<RunDatabase> {
  const connect = async (database: string) => {
    const settings = { socketPath: server.socket, user: "root", database };
    return waitFor("the server", () => createConnection(settings).catch(() => undefined));
  };
  const ask = async (database: string, sql: string) => {
    const connection = await connect(database);
    try {
      const [rows] = await connection.query(sql);
      return rows as Rows;
    } finally {
      await connection.end().catch(() => {});
    }
  };
  await ask("mysql", `CREATE DATABASE ${name}`);
  return {
    name,
    server,
    url: server.url.replace(/shop$/, name),
    query: (sql) => ask(name, sql),
    async holder() {
      const [row] = await ask(name, `SELECT IS_USED_LOCK(CONCAT('seaworthy ', SHA1('${name}'))) AS id`);
      return row?.["id"] === null ? undefined : Number(row?.["id"]);
    },
    async [Symbol.asyncDispose]() {
      await ask("mysql", `DROP DATABASE ${name}`);
    },
  };
}
