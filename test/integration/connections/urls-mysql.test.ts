import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lookAt } from "../../harness/look.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { runContainer } from "../../harness/container.ts";
import { write } from "../../histories/tools/look-at-tool.ts";

const secret = "s3cret-hush";

describe("a real MariaDB's URL", { skip: lacksMariadb() ?? false }, () => {
  const server = useMariadb();

  test("works in the form of every tool", async () => {
    await server().run(`USE shop; CREATE TABLE SequelizeMeta (name varchar(255) primary key);
      INSERT INTO SequelizeMeta VALUES ('1_a.js');
      CREATE USER app@'127.0.0.1' IDENTIFIED BY '${secret}'; CREATE USER app@localhost IDENTIFIED BY '${secret}';
      GRANT SELECT ON shop.* TO app@'127.0.0.1'; GRANT SELECT ON shop.* TO app@localhost`);
    const { port } = new URL(server().url);
    const at = `app:${secret}@127.0.0.1:${port}/shop`;
    const { socket } = server();
    const forms: Readonly<Record<string, string>> = {
      ...Object.fromEntries(
        ["mysql", "mysql2", "mariadb", "maria", "trilogy", "mysqli", "mysqlgis", "mysql-connector", "pdo-mysql"].map(
          (scheme) => [scheme, `${scheme}://${at}`],
        ),
      ),
      ...Object.fromEntries(
        ["pymysql", "mysqldb", "asyncmy", "aiomysql", "mysqlconnector", "cymysql"].map((driver) => [
          driver,
          `mysql+${driver}://${at}?charset=utf8mb4`,
        ]),
      ),
      mariadbconnector: `mariadb+mariadbconnector://${at}`,
      flyway: `jdbc:mysql://127.0.0.1:${port}/shop?user=app&password=${secret}&useSSL=false&allowPublicKeyRetrieval=true`,
      "flyway-mariadb": `jdbc:mariadb://127.0.0.1:${port}/shop?user=app&password=${secret}&sslMode=disable`,
      go: `app:${secret}@tcp(127.0.0.1:${port})/shop?parseTime=true&loc=Local&tls=preferred`,
      "go-socket": `app:${secret}@unix(${socket})/shop`,
      "golang-migrate": `mysql://app:${secret}@tcp(127.0.0.1:${port})/shop?multiStatements=true&x-no-lock=true`,
      atlas: `mysql+unix://app:${secret}@${socket}?database=shop`,
      sqitch: `db:mariadb://${at}`,
      prisma: `mysql://${at}?connection_limit=5&pool_timeout=10&connect_timeout=5`,
      "prisma-socket": `mysql://app:${secret}@localhost/shop?socket=${socket}`,
      rails: `mysql2://${at}?pool=5&encoding=utf8mb4&reconnect=true`,
      symfony: `mysql://${at}?serverVersion=10.11.2-MariaDB&charset=utf8mb4`,
      "django-environ": `mysql://app:${secret}@/shop?unix_socket=${socket}`,
      sqlalchemy: `mysql+pymysql://app:${secret}@localhost/shop?unix_socket=${socket}`,
    };
    const migrations = write({ "1_a.js": "queryInterface" });
    const dependencies = Object.fromEntries(
      Object.entries(forms).map(([name, url]) => [name, { kind: "schema", url, history: "umzug", migrations }]),
    );
    const { looks, stderr } = await lookAt(dependencies);
    for (const name of Object.keys(forms))
      assert.equal(looks[name]?.verdict, "compatible", `${name}: ${JSON.stringify(looks[name])}`);
    assert.equal(stderr, "");
  });
});

describe("a form that cannot be read is refused with 78, the key and the fix", () => {
  const rows: readonly (readonly [url: string, fix: RegExp])[] = [
    [`Server=db;Port=3306;Database=shop;User=app;Password=${secret}`, /write a URL, mysql:\/\/USER@HOST/],
    [`Data Source=${secret}.db`, /write sqlite: and the path of the file/],
    [`host=db dbname=shop user=app password=${secret}`, /write a URL, postgres:\/\/USER@HOST/],
    [`mysql:host=db;dbname=shop;password=${secret}`, /write mysql:\/\/USER@HOST\/DATABASE/],
    [`sqlite:///%kernel.project_dir%/${secret}.db`, /write the path itself/],
    [`./${secret}.sqlite3`, /write sqlite: before it/],
    [`libsql://shop.turso.io?authToken=${secret}`, /write file: and a path for a local file/],
    [`ecto://app:${secret}@db/shop`, /write postgres:\/\/ or mysql:\/\//],
    [`prisma+postgres://accelerate.prisma-data.net/?api_key=${secret}`, /write the URL of the database itself/],
    [`jdbc:aws-wrapper:mysql://db/shop?user=app&password=${secret}`, /leave out aws-wrapper:/],
    [`jdbc:mysql:loadbalance://a,b/shop?password=${secret}`, /write \/\/ and the host/],
    [`mysql://app:${secret}@a,b/shop`, /write a single host/],
    [`mysql://app:${secret}@db/shop?sslidentity=client.p12`, /ssl-mode/],
    [`app:${secret}@tcp(db)/shop?tls=custom`, /write ssl-mode and ssl-ca/],
    [`mysql+unix://app:${secret}@db/shop`, /write three slashes and the path of a socket/],
    [`sqlserver://db?database=shop&password=${secret}`, /dependency of kind command/],
    [`mysql://app:${secret}/x@db/shop`, /percent-encode/],
  ];
  for (const [url, fix] of rows) {
    test(url.replace(secret, "…"), async () => {
      const migrations = write({ "1_a.js": "queryInterface" });
      const settings = {
        dependencies: { orders: { kind: "schema", url: "${DATABASE_URL}", history: "umzug", migrations } },
      };
      const environment = { DATABASE_URL: url };
      for (const mode of ["--status", "--check-config"]) {
        const { code, stdout, stderr } = await runContainer({ build: "bundle", asPid1: false }, [mode], {
          settings,
          environment,
        });
        const said = stdout + stderr;
        assert.equal(code, 78, said);
        assert.match(said, /dependencies\.orders\.url/);
        assert.match(said, fix);
        assert.ok(!said.includes(secret), said);
      }
    });
  }
});
