import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readUrl } from "../../src/urls/read.ts";

/** The content of a URL in one line, without the unset parts. */
function say(url: string): string {
  const read = readUrl(url);
  if ("refusal" in read) return `refused: ${read.refusal}`;
  const { address, warnings } = read;
  return JSON.stringify({ ...address, ...(warnings.length > 0 && { warnings: warnings.length }) });
}

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
    ["host=h dbname=shop password=s3cret", "refused: it has no known scheme"],
    ["constructor://h", "refused: it has no known scheme"],
    ["", "refused: it has no known scheme"],
  ];
  for (const [url, expected] of rows) {
    test(JSON.stringify(url), () => {
      const said = say(url);
      if (expected.startsWith("refused")) assert.ok(said.startsWith(expected), said);
      else assert.equal(said, expected);
    });
  }
});

describe("TLS in a Postgres URL", () => {
  const rows: readonly (readonly [query: string, expected: object | string])[] = [
    ["", {}],
    ["sslmode=disable", { mode: "disable" }],
    ["sslmode=allow", { mode: "allow" }],
    ["sslmode=prefer", { mode: "prefer" }],
    ["sslmode=require", { mode: "require" }],
    ["sslmode=verify-ca&sslrootcert=/ca", { mode: "verify-ca", ca: "/ca" }],
    ["sslmode=verify-full&sslrootcert=/ca", { mode: "verify-full", ca: "/ca" }],
    ["sslrootcert=system", { ca: "system" }],
    ["sslmode=VERIFY-FULL", { mode: "verify-full" }],
    ["sslMode=require", { mode: "require" }],
    ["sslmode=require&uselibpqcompat=true", { mode: "require" }],
    ["sslmode=require&sslmode=require", { mode: "require" }],
    ["ssl=true&sslmode=verify-full", { mode: "verify-full" }],
    ["ssl=false&sslmode=require", { mode: "require" }],
    ["sslcert=/c&sslkey=/k&sslpassword=p&sslcrl=/r", { cert: "/c", key: "/k", passphrase: "p", crl: "/r" }],
    ["sslcert=/c&sslkey=/k&sslcertmode=disable", {}],
    ["sslsni=0", { sendsName: false }],
    ["sslmode=require&sslnegotiation=direct", { mode: "require", isDirect: true }],
    ["ssl_min_protocol_version=TLSv1.3", { minVersion: "TLSv1.3" }],
    // Parameters of other clients
    ["ssl=true", { mode: "require" }],
    ["ssl=1", { mode: "require" }],
    ["ssl=false", { mode: "disable" }],
    ["ssl=verify-full", { mode: "verify-full" }],
    ["ssl=no-verify", { mode: "require" }],
    ["sslmode=no-verify", { mode: "require" }],
    ["sslmode=require&sslaccept=strict&sslcert=/ca", { mode: "verify-full", ca: "/ca" }],
    ["sslaccept=accept_invalid_certs&sslmode=require", { mode: "require" }],
    // Never weaker, and never ignored
    ["sslmode=require&sslmode=disable", "the parameter sslmode occurs twice with different values"],
    ["sslmode=disable&ssl-mode=require", "the parameter ssl-mode occurs twice with different values"],
    ["ssl=true&sslmode=disable", "ssl asks for TLS, and sslmode=disable does not"],
    ["ssl=verify-full&sslmode=prefer", "ssl asks for TLS, and sslmode=prefer does not"],
    ["sslaccept=strict&sslmode=disable", "sslaccept needs TLS, and sslmode=disable turns it off"],
    ["sslmode=disable&sslaccept=accept_invalid_certs", "sslaccept needs TLS, and sslmode=disable turns it off"],
    ["sslmode=disable&sslrootcert=/ca", "sslrootcert needs TLS, and sslmode=disable turns it off"],
    ["ssl=false&sslcert=/c&sslkey=/k", "sslcert needs TLS, and sslmode=disable turns it off"],
    ["sslcrl=/r&sslmode=disable", "sslcrl needs TLS, and sslmode=disable turns it off"],
    ["channel_binding=require&sslmode=disable", "channel_binding=require needs TLS, and sslmode=disable turns it off"],
    ["sslaccept=strict&ssl=false", "the parameter ssl is not supported, and seems to ask for TLS"],
    ["encrypt=true", "the parameter encrypt is not supported, and seems to ask for TLS: write sslmode"],
    ["sslmode=requires", "the parameter sslmode must be one of disable, allow,"],
    ["sslmode=", "the parameter sslmode must be one of disable, allow,"],
    ["sslmode=require&sslrootcert=system", "sslmode=require is too weak for sslrootcert=system"],
    ["sslmode=prefer&sslnegotiation=direct", "sslmode=prefer is too weak for sslnegotiation=direct"],
    ["sslrootcert=", "the parameter sslrootcert must be the path of a file"],
    ["sslmod=require", "the parameter sslmod is not supported, and seems to ask for TLS: did you mean sslmode?"],
    ["tls=true", "the parameter tls is not supported, and seems to ask for TLS: write sslmode and its files"],
    ["useSSL=true", "the parameter useSSL is not supported, and seems to ask for TLS: write sslmode and its files"],
    ["requiressl=1", "the parameter requiressl is not supported: write sslmode=require"],
    ["sslcrldir=/x", "the parameter sslcrldir is not supported"],
    ["sslidentity=/x.p12", "the parameter sslidentity is not supported"],
    ["sslfactory=org.postgresql.ssl.NonValidatingFactory", "the parameter sslfactory is not supported"],
    ["sslcertmode=require", "the parameter sslcertmode must be disable or allow"],
    ["ssl=maybe", "the parameter ssl must be true or false"],
  ];
  for (const [query, expected] of rows) {
    test(query, () => {
      const read = readUrl(`postgres://h/shop?${query}`);
      if (typeof expected === "string")
        return assert.ok("refusal" in read && read.refusal.startsWith(expected), JSON.stringify(read));
      assert.ok("address" in read && read.address.engine === "postgres", JSON.stringify(read));
      assert.deepEqual(read.address.tls, expected);
      assert.deepEqual(read.warnings, []);
    });
  }

  test("in JDBC, ssl=true means verify-full", () => {
    const read = readUrl("jdbc:postgresql://h/shop?ssl=true");
    assert.ok("address" in read && read.address.engine === "postgres");
    assert.deepEqual(read.address.tls, { mode: "verify-full" });
  });
});

describe("MySQL URLs of each tool", () => {
  const shop = { user: "u", password: "pw", database: "shop" };
  const mysql = (endpoint: object, more: object = shop, tls: object = { mode: "prefer" }) =>
    JSON.stringify({ engine: "mysql", ...endpoint, tls, ...more });
  const rows: readonly (readonly [url: string, expected: string])[] = [
    ...[
      "mysql",
      "mysql2",
      "mariadb",
      "trilogy",
      "mysql+pymysql",
      "mysql+mysqldb",
      "mysql+aiomysql",
      "mariadb+mariadbconnector",
    ].map((scheme) => [`${scheme}://u:pw@h/shop`, mysql({ host: "h" })] as const),
    ["jdbc:mysql://h:3307/shop?user=u&password=pw", mysql({ host: "h", port: 3307 })],
    ["jdbc:mariadb://h/shop?user=u&password=pw", mysql({ host: "h" })],
    ["mysql://u:pw@tcp(h:3307)/shop?parseTime=true&multiStatements=true", mysql({ host: "h", port: 3307 })],
    ["mysql://u:pw@unix(/run/mysqld/mysqld.sock)/shop", mysql({ host: "/run/mysqld/mysqld.sock" })],
    ["mysql://u:pw@localhost/shop?unix_socket=/run/mysqld.sock", mysql({ host: "/run/mysqld.sock" })],
    ["mysql://u:pw@localhost/shop?socket=/cloudsql/p:r:i", mysql({ host: "/cloudsql/p:r:i" })],
    ["mysql2://u:pw@/shop?socket=%2Frun%2Fmysqld.sock", mysql({ host: "/run/mysqld.sock" })],
    ["mysql://u:pw@[::1]:3307/shop", mysql({ host: "::1", port: 3307 })],
    ["mysql://u@h", mysql({ host: "h" }, { user: "u" })],
    ["mysql://u:pw@h/shop?serverVersion=8.0.32&charset=utf8mb4", mysql({ host: "h" })],
    ["mysql://u:pw@h/shop?connection_limit=5&pool_timeout=2&connect_timeout=3", mysql({ host: "h" })],
    ["mysql://u:pw@h/shop?pool=5&reconnect=true&encoding=utf8mb4", mysql({ host: "h" })],
    ["jdbc:mysql://h/shop?user=u&password=pw&serverTimezone=UTC&allowPublicKeyRetrieval=true", mysql({ host: "h" })],
    ["mysql://u:pw@h/shop?colour=blue", mysql({ host: "h" }, { ...shop, warnings: 1 })],
    ["jdbc:mysql://a,b/shop", "refused: several hosts are not supported for MySQL"],
    ["jdbc:mysql:loadbalance://a,b/shop", "refused: it is not a URL of MySQL: write // and the host"],
    ["mysql://u:pw@h/shop?socket=relative", "refused: the parameter socket must be the absolute path"],
  ];
  for (const [url, expected] of rows) {
    test(JSON.stringify(url), () => {
      const said = say(url);
      if (expected.startsWith("refused")) assert.ok(said.startsWith(expected), said);
      else assert.equal(said, expected);
    });
  }
});

describe("TLS in a MySQL URL", () => {
  const rows: readonly (readonly [query: string, expected: object | string])[] = [
    ["", { mode: "prefer" }],
    ["ssl-mode=DISABLED", { mode: "disable" }],
    ["ssl-mode=PREFERRED", { mode: "prefer" }],
    ["ssl-mode=REQUIRED", { mode: "require" }],
    ["ssl_mode=required", { mode: "require" }],
    ["sslmode=require", { mode: "require" }],
    ["sslMode=VERIFY_CA&ssl-ca=/ca", { mode: "verify-ca", ca: "/ca" }],
    ["ssl-mode=VERIFY_IDENTITY&ssl_ca=/ca", { mode: "verify-full", ca: "/ca" }],
    ["sslMode=trust", { mode: "require" }],
    ["ssl-ca=/ca", { mode: "verify-ca", ca: "/ca" }],
    ["ssl-mode=REQUIRED&ssl-ca=/ca", { mode: "require", ca: "/ca" }],
    ["ssl-ca=/ca&ssl-cert=/c&ssl-key=/k", { mode: "verify-ca", ca: "/ca", cert: "/c", key: "/k" }],
    ["ssl_ca=/ca&ssl_cert=/c", { mode: "verify-ca", ca: "/ca", cert: "/c" }],
    ["useSSL=true", { mode: "require" }],
    ["useSSL=false", { mode: "disable" }],
    ["useSSL=true&requireSSL=true", { mode: "require" }],
    ["useSSL=true&verifyServerCertificate=true", { mode: "verify-ca" }],
    ["useSSL=true&verifyServerCertificate=false", { mode: "require" }],
    ["tls=true", { mode: "verify-full" }],
    ["tls=skip-verify", { mode: "require" }],
    ["tls=preferred", { mode: "prefer" }],
    ["tls=false", { mode: "disable" }],
    ["ssl=true", { mode: "require" }],
    ["ssl=false", { mode: "disable" }],
    ["ssl={}", { mode: "verify-ca" }],
    [`ssl=${encodeURIComponent('{"rejectUnauthorized":true}')}`, { mode: "verify-ca" }],
    ['ssl={"rejectUnauthorized":false}', { mode: "require" }],
    ['ssl={"rejectUnauthorized":true,"verifyIdentity":true}', { mode: "verify-full" }],
    ["sslaccept=strict", { mode: "verify-full" }],
    ["sslaccept=accept_invalid_certs", { mode: "require" }],
    ["sslaccept=strict&sslcert=/ca", { mode: "verify-full", ca: "/ca" }],
    ["sslcert=/ca", { mode: "verify-ca", ca: "/ca" }],
    ["ssl_verify_cert=true&ssl_ca=/ca", { mode: "verify-ca", ca: "/ca" }],
    ["ssl_verify_identity=true&ssl_ca=/ca", { mode: "verify-full", ca: "/ca" }],
    ["tls=custom", "the parameter tls must be true, skip-verify,"],
    ["ssl=Amazon%20RDS", "the parameter ssl must be true or false"],
    ['ssl={"ca":"x"}', "ca in the parameter ssl is not supported"],
    ["ssl={", "the parameter ssl must be true, false or JSON"],
    ["ssl-mode=STRICT", "the parameter ssl-mode must be DISABLED,"],
    ["ssl-mode=VERIFY_IDENTITY&sslMode=DISABLED", "the parameter sslMode occurs twice with different values"],
    ["tls=true&tls=false", "the parameter tls occurs twice with different values"],
    ["encrypt=1", "the parameter encrypt is not supported, and seems to ask for TLS"],
    ["ssl-mode=DISABLED&tls=true", "one parameter asks for TLS, and another one forbids it"],
    ["useSSL=false&ssl-mode=REQUIRED", "one parameter asks for TLS, and another one forbids it"],
    ["ssl-mode=DISABLED&ssl-ca=/ca", "ssl-ca needs TLS, and another parameter forbids it"],
    ["useSSL=false&ssl-cert=/c&ssl-key=/k", "ssl-cert needs TLS, and another parameter forbids it"],
    ["tls=false&sslcert=/ca", "ssl-ca needs TLS, and another parameter forbids it"],
    ["sslaccept=strict&ssl-mode=DISABLED", "one parameter asks for TLS, and another one forbids it"],
    ["useSSL=false&verifyServerCertificate=true", "one parameter asks for TLS, and another one forbids it"],
    ["ssl_disabled=true&ssl_verify_cert=true", "one parameter asks for TLS, and another one forbids it"],
    ["ssl-capath=/x", "the parameter ssl-capath is not supported, and seems to ask for TLS"],
    ["ssl-cipher=x", "the parameter ssl-cipher is not supported, and seems to ask for TLS"],
    ["sslidentity=/x.p12", "the parameter sslidentity is not supported, and seems to ask for TLS"],
    ["trustCertificateKeyStoreUrl=file:x", "the parameter trustCertificateKeyStoreUrl is not supported"],
    ["usSSL=true", "the parameter usSSL is not supported, and seems to ask for TLS: did you mean"],
  ];
  for (const [query, expected] of rows) {
    test(query, () => {
      const read = readUrl(`mysql://h/shop?${query}`);
      if (typeof expected === "string")
        return assert.ok("refusal" in read && read.refusal.startsWith(expected), JSON.stringify(read));
      assert.ok("address" in read && read.address.engine === "mysql", JSON.stringify(read));
      assert.deepEqual(read.address.tls, expected);
    });
  }

  test("MariaDB's own driver verifies the name with useSsl, unless it is set to trust all", () => {
    const modeOf = (query: string) => {
      const read = readUrl(`jdbc:mariadb://h/shop?${query}`);
      return "address" in read && read.address.engine === "mysql" ? read.address.tls.mode : JSON.stringify(read);
    };
    assert.deepEqual(["useSsl=true", "useSsl=true&trustServerCertificate=true"].map(modeOf), [
      "verify-full",
      "require",
    ]);
  });
});

describe("SQLite URLs of each tool", () => {
  const rows: readonly (readonly [url: string, expected: readonly string[] | string])[] = [
    ["sqlite:/data/app.db", ["/data/app.db"]],
    ["sqlite:app.db", ["app.db"]],
    ["sqlite:./app.db", ["./app.db"]],
    ["sqlite3:app.db", ["app.db"]],
    ["sqlite3:/data/app.db", ["/data/app.db"]],
    ["sqlite3:///data/app.db", ["/data/app.db"]],
    ["sqlite://app.db", ["app.db"]],
    // Absolute in Rust and Go, relative in SQLAlchemy, Django and Doctrine.
    ["sqlite:///app.db", ["/app.db", "app.db"]],
    ["sqlite:////data/app.db", ["/data/app.db"]],
    ["sqlite+aiosqlite:///app.db", ["app.db"]],
    ["sqlite+aiosqlite:////data/app.db", ["/data/app.db"]],
    ["file:./dev.db", ["./dev.db", "prisma/dev.db"]],
    ["file:dev.db", ["dev.db", "prisma/dev.db"]],
    ["file:./dev.db?connection_limit=1&socket_timeout=3", ["./dev.db", "prisma/dev.db"]],
    ["file:/data/app.db", ["/data/app.db"]],
    ["file:///data/app.db", ["/data/app.db"]],
    ["file://localhost/data/app.db", ["/data/app.db"]],
    ["jdbc:sqlite:/data/app.db", ["/data/app.db"]],
    ["jdbc:sqlite:app.db", ["app.db"]],
    ["jdbc:sqlite:file:app.db?cache=shared", ["app.db"]],
    ["sqlite:/data/my%20app.db?mode=ro", ["/data/my app.db"]],
    ['"sqlite:/data/app.db"\n', ["/data/app.db"]],
    ["sqlite::memory:", "each process has its own in-memory database"],
    ["sqlite://:memory:", "each process has its own in-memory database"],
    ["sqlite:///:memory:", "each process has its own in-memory database"],
    ["file::memory:?cache=shared", "each process has its own in-memory database"],
    ["file:app.db?mode=memory", "each process has its own in-memory database"],
    ["sqlite://", "each process has its own in-memory database"],
    ["jdbc:sqlite:", "each process has its own in-memory database"],
    ["sqlite+pysqlcipher:///app.db", "an encrypted SQLite database"],
    ["file:app.db?cipher=chacha20&key=secret", "an encrypted SQLite database"],
  ];
  for (const [url, expected] of rows) {
    test(JSON.stringify(url), () => {
      const read = readUrl(url);
      if (typeof expected === "string")
        return assert.ok("refusal" in read && read.refusal.startsWith(expected), JSON.stringify(read));
      assert.ok("address" in read && read.address.engine === "sqlite", JSON.stringify(read));
      assert.deepEqual([read.address.paths, read.warnings], [expected, []]);
    });
  }
});

describe("Redis", () => {
  const rows: readonly (readonly [url: string, expected: object | string])[] = [
    ["redis://h", { host: "h" }],
    ["redis://", { host: "127.0.0.1" }],
    ["redis://:pw@h:6380/0", { host: "h", port: 6380, password: "pw" }],
    ["valkey://u:p@w@h", { host: "h", user: "u", password: "p@w" }],
    ["redis://[::1]:6380?db=1&protocol=3", { host: "::1", port: 6380 }],
    ["rediss://h", { host: "h", tls: { mode: "verify-full" } }],
    ["valkeys://h?ssl_ca_certs=/ca", { host: "h", tls: { mode: "verify-full", ca: "/ca" } }],
    ["rediss://h?ssl_cert_reqs=none", { host: "h", tls: { mode: "require" } }],
    ["rediss://h?ssl_cert_reqs=CERT_NONE", { host: "h", tls: { mode: "require" } }],
    ["rediss://h?ssl_cert_reqs=required&ssl_check_hostname=false", { host: "h", tls: { mode: "verify-ca" } }],
    ["rediss://h?skip_verify=true", { host: "h", tls: { mode: "require" } }],
    ["redis://h?ssl=true", "the parameter ssl contradicts the URL's scheme: write rediss://"],
    ["redis://h?tls=true", "the parameter tls contradicts the URL's scheme: write rediss://"],
    ["redis://h?ssl_ca_certs=/ca", "TLS parameters need a URL that starts with rediss://"],
    ["rediss://h?ssl_verify=0", "the parameter ssl_verify is not supported, and seems to ask for TLS"],
    ["redis+tls://h", "+tls in the scheme is not supported: write rediss:// or valkeys://"],
    ["redis+ssl://h", "+ssl in the scheme is not supported: write rediss:// or valkeys://"],
    ["valkey+ssl://h", "+ssl in the scheme is not supported"],
    ["redis+cluster://h", { host: "h" }],
    ["redis+sentinel://h", "Sentinel is not supported: write redis://"],
    ["redis+socket:///run/redis.sock", "a socket is not supported for Redis: write a host and a port"],
    ["redis+unix:///run/redis.sock", "a socket is not supported for Redis"],
    ["redis:///run/redis.sock", "a socket is not supported for Redis"],
    ["redis://%2Frun%2Fredis.sock", "a socket is not supported for Redis"],
    ["redis:///1", { host: "127.0.0.1" }],
    ["redis://h?encryption=1", "the parameter encryption is not supported, and seems to ask for TLS: write rediss://"],
    ["redis://a,b", "several hosts are not supported for Redis"],
  ];
  for (const [url, expected] of rows) {
    test(JSON.stringify(url), () => {
      const read = readUrl(url);
      if (typeof expected === "string")
        return assert.ok("refusal" in read && read.refusal.startsWith(expected), JSON.stringify(read));
      assert.ok("address" in read, JSON.stringify(read));
      assert.deepEqual({ ...read.address }, { engine: "redis", ...expected });
    });
  }
});

describe("an unknown parameter", () => {
  test("is reported by name, without its value", () => {
    const read = readUrl("postgres://u:pw@h/shop?colour=s3cret&s3cret%20in%20the%20wrong%20place=1");
    assert.ok("address" in read);
    assert.equal(read.warnings.length, 2);
    assert.match(read.warnings[0] ?? "", /^the parameter colour is not known/);
    assert.doesNotMatch(read.warnings.join(), /s3cret"|s3cret in the wrong/);
  });

  test("a refusal names the parameter, and never repeats a possible secret", () => {
    for (const query of [
      "sslmode=s3cret",
      "ssl=s3cret",
      "target_session_attrs=s3cret",
      "sslnegotiation=s3cret",
      "sslx=s3cret",
    ]) {
      const said = say(`postgres://h/shop?${query}`);
      assert.match(said, /^refused: /, query);
      assert.doesNotMatch(said, /s3cret/, query);
    }
  });
});
