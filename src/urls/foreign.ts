import { nearest } from "../kernel/nearest.ts";
import { splitUrl } from "./parts.ts";

/** Unsupported products, with the schemes of their URLs. */
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
  ecto: "ecto:// does not name a database: write postgres:// or mysql://, which Ecto also accepts",
  prisma: "it leads to Prisma's proxy: write the URL of the database itself, which Prisma calls directUrl",
  yugabytedb: "write postgres:// for YugabyteDB, with its port (5433 by default)",
  yugabyte: "write postgres:// for YugabyteDB, with its port (5433 by default)",
  libsql:
    "seaworthy does not support libSQL over HTTP: write file: and a path for a local file, or check the server with a dependency of kind command",
  http: "it leads to a web server: write the scheme of the database, as in postgres://",
  https: "it leads to a web server: write the scheme of the database, as in postgres://",
  tcp: "tcp:// does not name a kind of server: write the scheme of the database, as in postgres://",
  unix: "unix:// does not name a kind of server: write the scheme of the database, as in postgres:///shop?host=/run/postgresql",
  "aws-wrapper": "seaworthy has no AWS driver: leave out aws-wrapper:, and write the host of the writer",
  rds: "write the scheme of the database, as in postgres:// or mysql://",
};

/** What is no URL, but is known from a tool's configuration. None of these sentences repeats the text. */
const notations: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /^\s*(?:data ?source|filename)\s*=[^;]*(?:\.(?:db3?|sqlite3?)|:memory:)\s*(?:;|$)/i,
    "it is a connection string of .NET: write sqlite: and the path of the file, as in sqlite:/data/app.db",
  ],
  [
    /^\s*[a-z][a-z ]*=[^;]*(?:;\s*[a-z][\w ]*=[^;]*)+;?\s*$/i,
    "it is a connection string of .NET or ODBC: write a URL, mysql://USER@HOST/DATABASE or postgres://USER@HOST/DATABASE, with a colon and the password after the user",
  ],
  [
    /^\s*(?:host|hostaddr|dbname|user|port|service)\s*=\s*\S+(?:\s+\w+\s*=\s*\S+)*\s*$/,
    "it is a connection string of libpq: write a URL, postgres://USER@HOST/DATABASE, with a colon and the password after the user",
  ],
  [/^[^\s:@=;?]*\.(?:db3?|sqlite3?)$/, "it is the path of a file: write sqlite: before it, as in sqlite:/data/app.db"],
];

/**
 * The advice for an unknown scheme or another notation. Undefined if there is none. It only repeats known schemes: an unknown one
 * may be a password.
 */
export function adviseOnScheme(url: string, known: readonly string[]): string | undefined {
  const { scheme, hasAuthority } = splitUrl(url) ?? {};
  if (scheme === undefined) return notations.find(([pattern]) => pattern.test(url))?.[1];
  const words = Object.hasOwn(inOtherWords, scheme) ? inOtherWords[scheme] : undefined;
  if (words !== undefined) return words;
  const product = Object.keys(products).find((name) => products[name]?.split(" ").includes(scheme));
  if (product !== undefined)
    return `seaworthy does not speak the protocol of ${product}: check it with a dependency of kind command, whose command prints its version`;
  const meant = hasAuthority === true ? nearest(scheme, known) : undefined;
  return meant && `its scheme is not known: did you mean ${meant}://?`;
}
