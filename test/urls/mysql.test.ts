import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeUrl } from "./describe-url.ts";

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
    // Go's driver: no scheme, and nothing is percent-encoded.
    ["u:pw@tcp(h:3307)/shop?parseTime=true&loc=UTC", mysql({ host: "h", port: 3307 })],
    ["mysql:pw@tcp(h)/shop", mysql({ host: "h" }, { ...shop, user: "mysql" })],
    ["u:a/b@c%20d:e#@tcp(h)/shop", mysql({ host: "h" }, { ...shop, password: "a/b@c%20d:e#" })],
    ["u@unix(/run/mysqld.sock)/shop", mysql({ host: "/run/mysqld.sock" }, { user: "u", database: "shop" })],
    ["tcp([::1]:3307)/shop", mysql({ host: "::1", port: 3307 }, { database: "shop" })],
    ["u:pw@tcp(h)/shop?tls=skip-verify", mysql({ host: "h" }, shop, { mode: "require" })],
    ["u:pw@tcp(h)/shop?tls=custom", "refused: the parameter tls must be true, skip-verify"],
    // Atlas and Sqitch.
    ["maria://u:pw@h/shop", mysql({ host: "h" })],
    ["maria+unix://u:pw@/run/mysqld.sock?database=shop", mysql({ host: "/run/mysqld.sock" })],
    ["mysql+unix:///run/mysqld.sock?database=shop", mysql({ host: "/run/mysqld.sock" }, { database: "shop" })],
    ["mysql+unix://u:pw@h/shop", "refused: after +unix, write three slashes and the path of a socket"],
    ["db:mysql://u:pw@h/shop", mysql({ host: "h" })],
    ["db:mariadb://u:pw@h/shop", mysql({ host: "h" })],
    ["mysql:host=h;dbname=shop", "refused: it is a data source of PDO: write mysql://USER@HOST/DATABASE"],
    ["jdbc:aws-wrapper:mysql://h/shop", "refused: seaworthy has no AWS driver: leave out aws-wrapper:"],
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
      const said = describeUrl(url);
      if (expected.startsWith("refused")) assert.ok(said.startsWith(expected), said);
      else assert.equal(said, expected);
    });
  }
});
