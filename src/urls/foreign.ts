import { nearest } from "../kernel/nearest.ts";
import { splitUrl } from "./parts.ts";

/** Products that seaworthy cannot ask, by the schemes that their users have. */
const products: Readonly<Record<string, string>> = {
  "SQL Server": "mssql mssqlms sqlserver sqlsrv pdo-sqlsrv jtds pyodbc odbc azuresql",
  Oracle: "oracle oraclegis oracledb oci oci8 pdo-oci",
  Db2: "db2 ibm_db ibm_db_sa ibmdb",
  MongoDB: "mongodb mongo",
  Turso: "turso",
  Cassandra: "cassandra scylla",
  ClickHouse: "clickhouse clickhousedb",
  Snowflake: "snowflake",
  BigQuery: "bigquery",
  "Cloud Spanner": "spanner cloudspanner",
  DuckDB: "duckdb",
  Firebird: "firebird",
  H2: "h2",
  HSQLDB: "hsqldb",
  "SAP HANA": "hana hdb sap",
  Neo4j: "neo4j neo4j-s bolt bolt-s",
  SurrealDB: "surrealdb surreal",
  Elasticsearch: "elasticsearch opensearch",
  RabbitMQ: "amqp amqps",
};

const inOtherWords: Readonly<Record<string, string>> = {
  // Ecto takes any scheme: its adapter decides (https://hexdocs.pm/ecto/Ecto.Repo.html#module-urls).
  ecto: "ecto:// does not say which database it leads to: write postgres:// or mysql://, which Ecto reads alike",
  prisma: "it leads to a proxy of Prisma's: write the URL of the database itself, which Prisma calls directUrl",
  yugabytedb: "write postgres:// for YugabyteDB, with its port, which is 5433 unless it was changed",
  yugabyte: "write postgres:// for YugabyteDB, with its port, which is 5433 unless it was changed",
  libsql:
    "libSQL is asked over HTTP, which seaworthy does not do: write file: and a path for a file of this machine, or ask the server in a dependency of kind command",
  http: "it leads to a web server: write the scheme of the database, as in postgres://",
  https: "it leads to a web server: write the scheme of the database, as in postgres://",
  tcp: "tcp:// does not say what answers there: write the scheme of the database, as in postgres://",
  unix: "unix:// does not say what answers there: write the scheme of the database, as in postgres:///shop?host=/run/postgresql",
  rds: "write the scheme of the database, as in postgres:// or mysql://",
};

/**
 * What to write in the place of a scheme that no reader knows. Undefined for a text without anything like a scheme. Names
 * known schemes only: a password may stand in their place.
 */
export function adviseOnScheme(url: string, known: readonly string[]): string | undefined {
  const { scheme, hasAuthority } = splitUrl(url) ?? {};
  if (scheme === undefined) return undefined;
  const words = Object.hasOwn(inOtherWords, scheme) ? inOtherWords[scheme] : undefined;
  if (words !== undefined) return words;
  const product = Object.keys(products).find((name) => products[name]?.split(" ").includes(scheme));
  if (product !== undefined)
    return `seaworthy does not speak the protocol of ${product}: ask it in a dependency of kind command, with a command that prints its version`;
  const meant = hasAuthority === true ? nearest(scheme, known) : undefined;
  return meant && `its scheme is not known: did you mean ${meant}://?`;
}
