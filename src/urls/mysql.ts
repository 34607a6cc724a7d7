import type { MysqlAddress } from "./address.ts";
import { readMysqlTls } from "./mysql-tls.ts";
import { readEndpoint, type Authority, type UrlParts } from "./parts.ts";
import { Refusal } from "./refusal.ts";
import { refuseValue, type Taker } from "./tls.ts";

/** Reads a URL in the notation of any MySQL or MariaDB client. Throws a Refusal. */
export function readMysql(authority: Authority, taker: Taker, parts: UrlParts): MysqlAddress {
  const { take } = taker;
  const tls = readMysqlTls(taker, parts.isJdbc && parts.scheme === "mariadb");
  const [first = { host: "" }, ...others] = authority.endpoints;
  if (others.length > 0) throw new Refusal("several hosts are not supported for MySQL: write a single host");
  const host = take("host")?.value;
  const port = take("port");
  const portGiven = port && (readEndpoint(`:${port.value}`)?.port ?? refuseValue(port.name, "a port from 1 to 65535"));
  const socket = take("unixsocket", "socket", "socketpath", "localsocket");
  if (socket !== undefined && !socket.value.startsWith("/")) refuseValue(socket.name, "the absolute path of a socket");
  // Atlas: `mysql+unix:///run/mysqld.sock?database=shop`.
  const isSocketsPath = parts.driver === "unix";
  if (isSocketsPath && (authority.database === undefined || first.host !== ""))
    throw new Refusal("after +unix, write three slashes and the path of a socket");
  const socketPath = isSocketsPath ? `/${authority.database}` : socket?.value;
  const user = take("user", "username")?.value ?? authority.user;
  const password = take("password")?.value ?? authority.password;
  const database = take("database", "dbname")?.value ?? (isSocketsPath ? undefined : authority.database);
  const at = portGiven ?? first.port;
  return {
    engine: "mysql",
    host: socketPath ?? (host || first.host || "localhost"),
    ...(at !== undefined && { port: at }),
    tls,
    ...(user && { user }),
    ...(password && { password }),
    ...(database && { database }),
  };
}
