import { nearest } from "../kernel/nearest.ts";
import type { Address, Engine, ReadAddress } from "./address.ts";
import { adviseOnScheme } from "./foreign.ts";
import { isForTheApp } from "./known.ts";
import { readMysql } from "./mysql.ts";
import { asksForTls, readAuthority, readParameters, splitUrl, type UrlParts } from "./parts.ts";
import { readPostgres } from "./postgres.ts";
import { readRedis } from "./redis.ts";
import { Refusal } from "./refusal.ts";
import { readSqlite } from "./sqlite.ts";
import { createTaker, type Taker } from "./tls.ts";

/** The schemes for each engine. A driver may follow, as in `mysql+pymysql`. */
const schemes: Readonly<Record<Engine, readonly string[]>> = {
  postgres: [
    ...["postgres", "postgresql", "pg", "pgsql", "psql", "postgis", "pdo-pgsql", "pgx", "pgx4", "pgx5"],
    // Schemes of Django, SQLAlchemy, Rails and golang-migrate for servers that speak its protocol.
    ...["timescale", "timescaledb", "timescalegis", "cockroach", "cockroachdb", "crdb-postgres", "redshift"],
  ],
  mysql: ["mysql", "mysql2", "mariadb", "maria", "trilogy", "mysqli", "mysqlgis", "mysql-connector", "pdo-mysql"],
  sqlite: ["sqlite", "sqlite3", "file", "spatialite", "pdo-sqlite"],
  redis: ["redis", "rediss", "valkey", "valkeys"],
};

/** The engine of a URL, by its scheme alone. Undefined if the scheme is unknown. */
export function engineOf(url: string): Engine | undefined {
  return engineOfScheme(splitUrl(url)?.scheme);
}

function engineOfScheme(scheme: string | undefined): Engine | undefined {
  const engines = Object.keys(schemes) as Engine[];
  return engines.find((engine) => scheme !== undefined && schemes[engine].includes(scheme));
}

/** The readable name of a URL's product. Undefined if the scheme is unknown. */
export function productOf(url: string): string | undefined {
  const engine = engineOf(url);
  if (engine === undefined) return undefined;
  return splitUrl(url)?.scheme.startsWith("maria") === true ? "MariaDB" : products[engine];
}

const encode =
  "percent-encode the special characters of its password: write %40 for @, %2F for /, %23 for #, %3F for ?, %20 for a space";

/** Reads a URL with the rules of the tool that it was written for. Never throws, and never repeats a possible secret. */
export function readUrl(url: string): ReadAddress {
  const parts = splitUrl(url);
  const engine = engineOfScheme(parts?.scheme);
  if (parts === undefined || engine === undefined) return { refusal: adviceFor(url) ?? "it has no known scheme" };
  try {
    // JDBC decodes parameters like a form. Elsewhere a plus sign stays, but no option of Postgres begins with one.
    const taker = createTaker(readParameters(parts.query, (name) => parts.isJdbc || name === "options"));
    refuseElsewhere(taker);
    const address = readParts(engine, parts, taker);
    return { address, warnings: warningsFor(engine, taker) };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error.message };
    throw error;
  }
}

/** The advice for an unknown scheme. Undefined for a text without a scheme. */
export function adviceFor(url: string): string | undefined {
  return adviseOnScheme(url, Object.values(schemes).flat());
}

function readParts(engine: Engine, parts: UrlParts, taker: Taker): Address {
  // No tool has such a driver: `redis+tls://` must not become plain text.
  if (asksForTls(parts.driver ?? ""))
    throw new Refusal(`+${parts.driver} in the scheme is not supported: ${howToAskForTls[engine]}`);
  if (engine === "sqlite") return readSqlite(parts, taker);
  if (parts.driver === "unix" && engine === "postgres")
    throw new Refusal(`+unix in the scheme is not supported: ${elsewhere.get("unixsock")}`);
  if (!parts.hasAuthority && /^(?:host|dbname|port|unix_socket|charset)=/.test(parts.rest))
    throw new Refusal(
      `it is a data source of PDO: write ${parts.scheme}://USER@HOST/DATABASE, with a colon and the password after the user`,
    );
  const authority = parts.hasAuthority ? readAuthority(parts) : undefined;
  if (authority === undefined) {
    const form = parts.hasAuthority ? encode : "write // and the host after the scheme";
    throw new Refusal(`it is not a URL of ${products[engine]}: ${form}`);
  }
  switch (engine) {
    case "postgres":
      return readPostgres(authority, taker, parts.isJdbc);
    case "mysql":
      return readMysql(authority, taker, parts);
    case "redis":
      return readRedis(authority, taker, parts);
  }
}

/** Parameters that replace the host. Ignoring one would connect to another server, often the one on localhost. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ["unixsock", "write the folder of the socket as host, or for MySQL the socket itself as unix_socket"],
  ["cloudsqlinstance", "write the host, or the socket of the Cloud SQL proxy"],
  ["socketfactory", "remove it, and write the host that it connects to"],
]);

function refuseElsewhere({ left }: Taker): void {
  for (const [name, fix] of elsewhere) {
    const written = left.get(name)?.name;
    if (written !== undefined) throw new Refusal(`the parameter ${written} is not supported: ${fix}`);
  }
}

const howToAskForTls: Readonly<Record<Engine, string>> = {
  postgres: "write sslmode and its files, or leave it out",
  mysql: "write ssl-mode and its files, or leave it out",
  sqlite: "leave it out",
  redis: "write rediss:// or valkeys://, or leave it out",
};

const products: Readonly<Record<Engine, string>> = {
  postgres: "Postgres",
  mysql: "MySQL",
  sqlite: "SQLite",
  redis: "Redis",
};

/** An unknown parameter may be a misspelt TLS parameter, which is refused. The others give a warning. */
function warningsFor(engine: Engine, { left }: Taker): readonly string[] {
  const unknown = [...left].filter(([name, { name: written }]) => !isForTheApp(engine, name, written));
  for (const [name, { name: written }] of unknown) {
    if (!asksForTls(name)) continue;
    const meant = nearest(name, tlsWords[engine]);
    const advice = meant === undefined ? howToAskForTls[engine] : `did you mean ${meant}?`;
    throw new Refusal(`the parameter ${written} is not supported, and seems to ask for TLS: ${advice}`);
  }
  return unknown.map(
    ([, { name }]) =>
      `the parameter ${describeName(name)} is not known, and has no effect on seaworthy's own connections. Check its spelling`,
  );
}

const tlsWords: Readonly<Record<Engine, readonly string[]>> = {
  postgres: ["sslmode", "sslrootcert", "sslcert", "sslkey", "ssl"],
  mysql: ["sslmode", "sslca", "sslcert", "sslkey", "ssl", "tls", "usessl"],
  sqlite: [],
  redis: ["sslcacerts", "sslcertfile", "sslkeyfile", "sslcertreqs", "sslcheckhostname"],
};

/** A name is not secret, but the text in its place may be anything. */
function describeName(name: string): string {
  return /^[\w.-]{1,40}$/.test(name) ? name : JSON.stringify(name.slice(0, 12));
}
