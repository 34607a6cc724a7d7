import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeUrl } from "./describe-url.ts";

function postgres(endpoints: readonly object[], more: object = {}): string {
  return JSON.stringify({ engine: "postgres", endpoints, tls: {}, ...more });
}

describe("Postgres URLs of each tool", () => {
  const at = [{ host: "h" }];
  const shop = { user: "u", password: "pw", database: "shop" };
  const rows: readonly (readonly [url: string, expected: string])[] = [
    ["postgres://u:pw@h/shop", postgres(at, shop)],
    ["postgresql://u:pw@h/shop", postgres(at, shop)],
    ["POSTGRES://u:pw@h/shop", postgres(at, shop)],
    ["postgis://u:pw@h/shop", postgres(at, shop)],
    ["PostgreSQL+AsyncPG://u:pw@h/shop", postgres(at, shop)],
    ["JDBC:PostgreSQL://h/shop?user=u&password=pw", postgres(at, shop)],
    ["pgsql://u:pw@h/shop", postgres(at, shop)],
    ["pgx5://u:pw@h/shop", postgres(at, shop)],
    ["postgresql+psycopg://u:pw@h/shop", postgres(at, shop)],
    ["postgresql+psycopg2://u:pw@h/shop", postgres(at, shop)],
    ["postgresql+asyncpg://u:pw@h/shop", postgres(at, shop)],
    ["postgresql+pg8000://u:pw@h/shop", postgres(at, shop)],
    ["jdbc:postgresql://h/shop?user=u&password=pw", postgres(at, shop)],
    [
      "jdbc:postgresql://h:5433/shop?user=u&password=p%40w",
      postgres([{ host: "h", port: 5433 }], { ...shop, password: "p@w" }),
    ],
    // Quotes from an environment file, or a newline from a mounted secret.
    ['"postgres://u:pw@h/shop"', postgres(at, shop)],
    ["'postgres://u:pw@h/shop'", postgres(at, shop)],
    ["  postgres://u:pw@h/shop\n", postgres(at, shop)],
    ['"postgres://u:pw@h/shop"\r\n', postgres(at, shop)],
    // Passwords
    ["postgres://u:p@w@h/shop", postgres(at, { ...shop, password: "p@w" })],
    ["postgres://u:p:w@h/shop", postgres(at, { ...shop, password: "p:w" })],
    ["postgres://u:100%@h/shop", postgres(at, { ...shop, password: "100%" })],
    ["postgres://u:%zz%40@h/shop", postgres(at, { ...shop, password: "%zz@" })],
    ["postgres://u:p%2Fw%23%3F@h/shop", postgres(at, { ...shop, password: "p/w#?" })],
    ["postgres://u:p+w@h/shop", postgres(at, { ...shop, password: "p+w" })],
    ["postgres://u:%C3%A9@h/shop", postgres(at, { ...shop, password: "é" })],
    ["postgres://u:@h/shop", postgres(at, { user: "u", database: "shop" })],
    ["postgres://u@h/shop", postgres(at, { user: "u", database: "shop" })],
    ["postgres://first%40last@h/shop", postgres(at, { user: "first@last", database: "shop" })],
    // Hosts
    ["postgres://h", postgres(at)],
    ["postgres://datenbank-münchen", postgres([{ host: "datenbank-münchen" }])],
    ["postgres://h/", postgres(at)],
    ["postgres://u:pw@h:6432/shop", postgres([{ host: "h", port: 6432 }], shop)],
    ["postgres://[::1]/shop", postgres([{ host: "::1" }], { database: "shop" })],
    ["postgres://[2001:db8::7]:6432/shop", postgres([{ host: "2001:db8::7", port: 6432 }], { database: "shop" })],
    ["postgres:///shop", postgres([{ host: "" }], { database: "shop" })],
    ["postgres:///shop?host=/run/postgresql", postgres([{ host: "/run/postgresql" }], { database: "shop" })],
    ["postgres://%2Frun%2Fpostgresql/shop", postgres([{ host: "/run/postgresql" }], { database: "shop" })],
    [
      "postgres://%2Frun%2Fpostgresql:5433/shop",
      postgres([{ host: "/run/postgresql", port: 5433 }], { database: "shop" }),
    ],
    ["postgres://u:pw@/shop?host=/cloudsql/p:r:i", postgres([{ host: "/cloudsql/p:r:i" }], shop)],
    ["postgres://u:pw@localhost/shop?host=/cloudsql/p:r:i", postgres([{ host: "/cloudsql/p:r:i" }], shop)],
    ["postgres://h/shop?port=5433", postgres([{ host: "h", port: 5433 }], { database: "shop" })],
    ["postgres://a,b:5433/shop", postgres([{ host: "a" }, { host: "b", port: 5433 }], { database: "shop" })],
    [
      "postgres://a,b/shop?target_session_attrs=read-write",
      postgres([{ host: "a" }, { host: "b" }], { database: "shop", targetSession: "read-write" }),
    ],
    [
      "jdbc:postgresql://a:1,b:2/shop?targetServerType=preferSecondary",
      postgres(
        [
          { host: "a", port: 1 },
          { host: "b", port: 2 },
        ],
        { database: "shop", targetSession: "prefer-standby" },
      ),
    ],
    [
      "postgres:///shop?host=a,/run/b&port=1,2",
      postgres(
        [
          { host: "a", port: 1 },
          { host: "/run/b", port: 2 },
        ],
        { database: "shop" },
      ),
    ],
    // Schemas and options
    ["postgres://h/shop?schema=tenant", postgres(at, { database: "shop", searchPath: '"tenant"' })],
    ["postgres://h/shop?schema=My%20Shop", postgres(at, { database: "shop", searchPath: '"My Shop"' })],
    ["jdbc:postgresql://h/shop?currentSchema=a,b", postgres(at, { database: "shop", searchPath: "a,b" })],
    ["postgres://h/shop?search_path=a", postgres(at, { database: "shop", searchPath: "a" })],
    ["postgres://h/shop?schema_search_path=a", postgres(at, { database: "shop", searchPath: "a" })],
    ["postgres://h/shop?options=-c%20geqo%3Doff", postgres(at, { database: "shop", options: "-c geqo=off" })],
    ["postgres://h/shop?options=-c+geqo%3Doff", postgres(at, { database: "shop", options: "-c geqo=off" })],
    ["postgres://h/shop?options=endpoint%3Dep-1", postgres(at, { database: "shop", options: "endpoint=ep-1" })],
    ["postgres://h/shop?channel_binding=require", postgres(at, { database: "shop", channelBinding: "require" })],
    // Parameters for the app's own connections give no warning.
    ["postgres://h/shop?connection_limit=5&pool_timeout=2&pgbouncer=true", postgres(at, { database: "shop" })],
    ["postgres://h/shop?serverVersion=16&charset=utf8", postgres(at, { database: "shop" })],
    ["postgres://h/shop?pool=5&encoding=unicode&prepared_statements=false", postgres(at, { database: "shop" })],
    ["postgres://h/shop?conn_max_age=600&application_name=shop", postgres(at, { database: "shop" })],
    ["postgres://h/shop?x-migrations-table=m&x-statement-timeout=5", postgres(at, { database: "shop" })],
    ["postgres://h/shop?supa=base-pooler.x", postgres(at, { database: "shop" })],
    // Each unknown parameter gives one warning.
    ["postgres://h/shop?colour=blue&size=7", postgres(at, { database: "shop", warnings: 2 })],
    // $HOST:$PORT without a port
    ["postgres://u:pw@h:/shop", postgres(at, shop)],
    ["postgres://a:,b:5433/shop", postgres([{ host: "a" }, { host: "b", port: 5433 }], { database: "shop" })],
    ["postgres://[fe80::1%25eth0]/shop", postgres([{ host: "fe80::1%eth0" }], { database: "shop" })],
    // Ambiguous or invalid
    ["postgres+ssl://u:pw@h/shop", "refused: +ssl in the scheme is not supported: write sslmode"],
    ["postgres://u:p/w@h/shop", "refused: it is not a URL of Postgres: percent-encode"],
    ["postgres://u:p#w@h/shop", "refused: it is not a URL of Postgres: percent-encode"],
    ["postgres://u:p?w@h/shop", "refused: it is not a URL of Postgres: percent-encode"],
    ["postgres://u:p w@h/shop", "refused: it is not a URL of Postgres: percent-encode"],
    ["postgres://u:p%00w@h/shop", "refused: it is not a URL of Postgres: percent-encode"],
    // Invalid ports
    ...["0", "65536", "99999", "123456", "-1", "+1", "abc", "54e2", "5432x", "0x10"].map(
      (port) =>
        [
          `postgres://u:pw@h:${port}/shop`,
          `refused: the port after the host must be a number from 1 to 65535, and it is ${port}`,
        ] as const,
    ),
    ["postgres://u:pw@h:/shop", postgres(at, shop)],
    ["postgres://[::1]:abc/shop", "refused: the port after the host must be a number from 1 to 65535, and it is abc"],
    ["postgres://a:5432,b:x/shop", "refused: the port after the host must be a number from 1 to 65535, and it is x"],
    ["postgres://h:5432:5433/shop", "refused: it is not a URL of Postgres"],
    ["postgres://::1/shop", "refused: write an IPv6 address in brackets, as in [::1]:5432"],
    ["postgres://u:pw@fe80::1:5432/shop", "refused: write an IPv6 address in brackets"],
    // This may be the start of a password.
    ["postgres://u:s3cret?x=a@h/shop", "refused: the port after the host must be a number from 1 to 65535"],
    // Servers that speak its protocol
    ...[
      "psql",
      "timescale",
      "timescaledb",
      "timescalegis",
      "cockroach",
      "cockroachdb",
      "crdb-postgres",
      "redshift",
    ].map((scheme) => [`${scheme}://u:pw@h/shop`, postgres(at, shop)] as const),
    ["cockroachdb+asyncpg://u:pw@h:26257/shop", postgres([{ host: "h", port: 26_257 }], shop)],
    ["redshift+psycopg2://u:pw@h:5439/shop", postgres([{ host: "h", port: 5439 }], shop)],
    ["jdbc:redshift://h:5439/shop?user=u&password=pw", postgres([{ host: "h", port: 5439 }], shop)],
    ["postgres:u:pw@h/shop", "refused: it is not a URL of Postgres: write // and the host"],
    ["jdbc:postgresql:shop", "refused: it is not a URL of Postgres: write // and the host"],
    [
      "postgres://h/shop?target_session_attrs=master-ish",
      "refused: the parameter target_session_attrs must be one of any,",
    ],
    ["postgres://a,b,c/shop?port=1,2", "refused: the parameter port must be one port, or one for each host"],
    ["postgres://h/shop?service=x", "refused: the parameter service is not supported: write the host"],
    ["postgres://h/shop?hostaddr=1.2.3.4", "refused: the parameter hostaddr is not supported"],
    ["postgresql+pg8000:///shop?unix_sock=/cloudsql/a:b:c/.s", "refused: the parameter unix_sock is not supported"],
    ["jdbc:postgresql:///shop?cloudSqlInstance=a:b:c", "refused: the parameter cloudSqlInstance is not supported"],
    ["jdbc:postgresql:///shop?socketFactory=com.Sql", "refused: the parameter socketFactory is not supported"],
    ["jdbc:mysql:///shop?cloudSqlInstance=a:b:c", "refused: the parameter cloudSqlInstance is not supported"],
    ["postgres://h/shop?gssencmode=require", "refused: the parameter gssencmode must be one of disable, prefer"],
    // Other schemes, each with the advice
    ["ecto://u:s3cret@h/shop", "refused: ecto:// does not name a database: write postgres:// or mysql://"],
    ["libsql://shop.turso.io?authToken=s3cret", "refused: seaworthy does not support libSQL over HTTP"],
    ...Object.entries({
      "mssql://u:s3cret@h/shop": "SQL Server",
      "sqlserver://h:1433;database=shop;user=u;password=s3cret": "SQL Server",
      "jdbc:sqlserver://h:1433;databaseName=shop;password=s3cret": "SQL Server",
      "mssql+pyodbc://u:s3cret@dsn": "SQL Server",
      "oracle://u:s3cret@h:1521/shop": "Oracle",
      "jdbc:oracle:thin:u/s3cret@h:1521/shop": "Oracle",
      "db2://u:s3cret@h/shop": "Db2",
      "ibm_db_sa://u:s3cret@h/shop": "Db2",
      "mongodb://u:s3cret@h/shop": "MongoDB",
      "mongodb+srv://u:s3cret@h/shop": "MongoDB",
      "clickhouse://u:s3cret@h/shop": "ClickHouse",
      "jdbc:h2:mem:s3cret": "H2",
      "amqp://u:s3cret@h": "RabbitMQ",
    }).map(
      ([url, product]) =>
        [
          url,
          `refused: seaworthy does not speak the protocol of ${product}: check it with a dependency of kind command`,
        ] as const,
    ),
    ["prisma://u/?api_key=s3cret", "refused: it leads to Prisma's proxy: write the URL of the database itself"],
    ["prisma+postgres://h/?api_key=s3cret", "refused: it leads to Prisma's proxy"],
    ["https://h/shop", "refused: it leads to a web server: write the scheme of the database"],
    ["tcp://h:5432", "refused: tcp:// does not name a kind of server"],
    ["postgress://u:s3cret@h/shop", "refused: its scheme is not known: did you mean postgres://?"],
    ["postgre://u:s3cret@h/shop", "refused: its scheme is not known: did you mean postgres://?"],
    ["mariadbs://u:s3cret@h/shop", "refused: its scheme is not known: did you mean mariadb://?"],
    // No scheme at all: the text may be a secret.
    ["s3cret:h/shop", "refused: it has no known scheme"],
    ["host=h dbname=shop password=s3cret", "refused: it is a connection string of libpq"],
    ["constructor://h", "refused: it has no known scheme"],
    ["", "refused: it has no known scheme"],
  ];
  for (const [url, expected] of rows) {
    test(JSON.stringify(url), () => {
      const said = describeUrl(url);
      if (expected.startsWith("refused")) assert.ok(said.startsWith(expected), said);
      else assert.equal(said, expected);
    });
  }
});
