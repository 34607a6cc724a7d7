import { createConnection, type Connection } from "mysql2/promise";
import type { MariadbServer } from "../../harness/mariadb.ts";
import { shopFiles, type ShopOptions } from "../../fixtures/upgrade/shop.ts";
import type { openSuite } from "../../harness/leaks.ts";
import type { Image } from "../../harness/image.ts";

type Rows = readonly Readonly<Record<string, unknown>>[];

/** An empty database on MariaDB. */
export interface ShopDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly query: (sql: string) => Promise<Rows>;
  /** Opens a session of the test, which the test closes. */
  readonly connect: () => Promise<Connection>;
  /** The names of applied migrations, in order. */
  readonly applied: () => Promise<readonly unknown[]>;
  readonly releases: () => Promise<readonly unknown[]>;
  readonly image: (options: Omit<ShopOptions, "url">) => Image;
}

let made = 0;

export async function createShopDatabase(
  { url: shop, socket }: MariadbServer,
  suite: ReturnType<typeof openSuite>,
): Promise<ShopDatabase> {
  const name = `shop_${++made}`;
  const open = (database: string) =>
    createConnection({ socketPath: socket, user: "root", database, multipleStatements: true });
  const ask = async (database: string, sql: string) => {
    const connection = await open(database);
    try {
      const [rows] = await connection.query(sql);
      return rows as Rows;
    } finally {
      await connection.end();
    }
  };
  await ask("mysql", `CREATE DATABASE ${name}`);
  const url = shop.replace(/shop$/, name);
  const query = (sql: string) => ask(name, sql);
  return {
    name,
    url,
    query,
    connect: () => open(name),
    applied: async () =>
      (await query("SELECT name FROM seaworthy_migrations WHERE applied_at IS NOT NULL ORDER BY position")).map(
        (row) => row["name"],
      ),
    releases: async () =>
      (await query("SELECT CONCAT(app, '@', version) AS release_ FROM seaworthy_releases ORDER BY position")).map(
        (row) => row["release_"],
      ),
    image: (options) => suite.image(shopFiles({ url, ...options })),
    async [Symbol.asyncDispose]() {
      await ask("mysql", `DROP DATABASE ${name}`);
    },
  };
}
