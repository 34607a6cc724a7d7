import type { MysqlAddress, PostgresAddress } from "./address.ts";
import { readUrl } from "./read.ts";

/** `Postgres at host:port/database` or `MySQL at …`, without the password, or `SQLite at /data/app.db`. */
export function describeServer(url: string): string {
  const read = readUrl(url);
  const address = "address" in read ? read.address : undefined;
  if (address?.engine === "sqlite") return `SQLite at ${address.paths.join(" or ")}`;
  if (address?.engine === "mysql") return describeMysql(address);
  return address?.engine === "postgres" ? describePostgres(address) : "the database";
}

/** The same for MySQL and MariaDB. A local server has the path of its socket. */
export function describeMysql({ host, port = 3306, database }: MysqlAddress): string {
  const at = host.startsWith("/") ? host : `${bracket(host)}:${port}`;
  return `MySQL at ${at}${database === undefined ? "" : `/${database}`}`;
}

export function describePostgres({ endpoints, database }: PostgresAddress): string {
  const places = endpoints.map(({ host, port }) => `${bracket(host || "localhost")}:${port ?? 5432}`).join(",");
  return `Postgres at ${places}${database === undefined ? "" : `/${database}`}`;
}

/** Puts an IPv6 address in brackets, so that a port can follow. */
export function bracket(host: string): string {
  return host.includes(":") && !host.startsWith("/") ? `[${host}]` : host;
}
