import assert from "node:assert/strict";
import { createServer } from "node:http";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { runContainer } from "../../harness/container.ts";
import { createDatabase } from "../../harness/database.ts";
import { lookAt } from "../../harness/look.ts";
import { freePort } from "../../harness/postgres.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { once } from "node:events";
import { createServer as createTcp, type AddressInfo } from "node:net";
import { lacksMariadb, startMariadb } from "../../harness/mariadb.ts";

const bundle = { build: "bundle", asPid1: false } as const;

test("every form of a real Postgres's URL works, and hooks get it as written", async (t) => {
  const database = await createDatabase();
  t.after(() => database.drop());
  const { host, pathname, username, password, hostname, port } = new URL(database.url);
  const rest = `${username}:${password}@${host}${pathname}`;
  const forms: Readonly<Record<string, string>> = {
    plain: database.url,
    postgresql: `postgresql://${rest}`,
    asyncpg: `postgresql+asyncpg://${rest}`,
    postgis: `postgis://${rest}`,
    jdbc: `jdbc:postgresql://${host}${pathname}?user=${username}&password=${password}`,
    quoted: `"postgres://${rest}"`,
    newline: `postgres://${rest}\n`,
    prisma: `postgres://${rest}?schema=public&connection_limit=1&pgbouncer=false`,
    symfony: `postgres://${rest}?serverVersion=16&charset=utf8`,
    options: `postgres://${rest}?options=-c%20geqo%3Doff&application_name=shop&sslmode=prefer`,
    "host-parameter": `postgres://${username}:${password}@${pathname}?host=${hostname}&port=${port}`,
    several: `postgres://${username}:${password}@127.0.0.1:${await freePort()},${host}${pathname}?target_session_attrs=read-write`,
  };
  const dependencies = Object.fromEntries(
    Object.entries(forms).map(([name, url]) => [name, { kind: "server", url, requires: ">=14" }]),
  );
  const { looks, stderr } = await lookAt(dependencies);
  for (const name of Object.keys(forms))
    assert.equal(looks[name]?.verdict, "compatible", `${name}: ${JSON.stringify(looks[name])}`);
  assert.equal(stderr, "");

  const folder = scratchPath("hooks");
  mkdirSync(join(folder, "migrations"), { recursive: true });
  writeFileSync(join(folder, "migrations/1_a.sql"), "CREATE TABLE a (b int);");
  const settings = {
    app: { name: "shop", version: "1.0.0" },
    dependencies: { schema: { kind: "schema", url: "${DATABASE_URL}", migrations: join(folder, "migrations") } },
    upgrade: { after: [["sh", "-c", 'printf %s "$DATABASE_URL" >url']] },
  };
  const environment = { DATABASE_URL: forms["quoted"] ?? "" };
  const { code, stderr: said } = await runContainer(bundle, ["--upgrade"], {
    settings,
    environment,
    workingDirectory: folder,
  });
  assert.equal(code, 0, said);
  assert.equal(readFileSync(join(folder, "url"), "utf8"), forms["quoted"]);
});

test("Prisma's ?schema= is the schema for new tables and for looks", async (t) => {
  const database = await createDatabase();
  t.after(() => database.drop());
  await database.query('CREATE SCHEMA "Tenant A"');
  const folder = scratchPath("tenant");
  mkdirSync(join(folder, "migrations"), { recursive: true });
  writeFileSync(join(folder, "migrations/1_a.sql"), "CREATE TABLE here (b int);");
  const url = `${database.url}?schema=Tenant%20A`;
  const settings = {
    app: { name: "shop", version: "1.0.0" },
    dependencies: { schema: { kind: "schema", url, migrations: join(folder, "migrations") } },
  };
  const { code, stderr } = await runContainer(bundle, ["--upgrade"], { settings, workingDirectory: folder });
  assert.equal(code, 0, stderr);
  const tables = await database.query("SELECT schemaname FROM pg_tables WHERE tablename = 'here'");
  assert.deepEqual(tables, [{ schemaname: "Tenant A" }]);
});

test("every form of a SQLite file's path works", async () => {
  const folder = scratchPath("sqlite");
  mkdirSync(join(folder, "prisma/migrations/20240101000000_init"), { recursive: true });
  writeFileSync(join(folder, "prisma/migrations/20240101000000_init/migration.sql"), "SELECT 1;");
  const create = (path: string) => {
    const file = new DatabaseSync(path);
    file.exec(`CREATE TABLE _prisma_migrations (id TEXT PRIMARY KEY, checksum TEXT NOT NULL, finished_at DATETIME, migration_name TEXT NOT NULL,
      logs TEXT, rolled_back_at DATETIME, started_at DATETIME NOT NULL DEFAULT current_timestamp, applied_steps_count INTEGER NOT NULL DEFAULT 0);
      INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) VALUES ('1', 'x', 1, '20240101000000_init');`);
    file.close();
  };
  create(join(folder, "app.db"));
  create(join(folder, "prisma/dev.db"));
  create(join(folder, "both.db"));
  create(join(folder, "prisma/both.db"));
  const forms: Readonly<Record<string, string>> = {
    absolute: `sqlite:${folder}/app.db`,
    relative: "sqlite:app.db",
    sqlalchemy: "sqlite:///app.db",
    "sqlalchemy-absolute": `sqlite:///${folder}/app.db`,
    aiosqlite: "sqlite+aiosqlite:///app.db",
    rails: "sqlite3:app.db",
    prisma: "file:./dev.db",
    "prisma-root": "file:./app.db",
    jdbc: `jdbc:sqlite:${folder}/app.db`,
    quoted: `'sqlite:${folder}/app.db'\n`,
  };
  const schema = (url: string) => ({ kind: "schema", url, history: "prisma", migrations: "prisma/migrations" });
  const dependencies = Object.fromEntries(
    Object.entries({ ...forms, both: "file:./both.db", none: "file:./none.db" }).map(([name, url]) => [
      name,
      schema(url),
    ]),
  );
  const { looks, stderr } = await lookAt(dependencies, { workingDirectory: folder });
  for (const name of Object.keys(forms))
    assert.equal(looks[name]?.verdict, "compatible", `${name}: ${JSON.stringify(looks[name])}`);
  assert.match(looks["both"]?.reason ?? "", /the URL may mean .*both\.db or .*prisma\/both\.db/);
  assert.match(looks["none"]?.reason ?? "", /neither .*none\.db nor .*prisma\/none\.db exists/);
  assert.equal(stderr, "");
});

test("an unknown parameter gives one line in the log, with its name and without its value", async (t) => {
  const database = await createDatabase();
  t.after(() => database.drop());
  const url = `${database.url}?colour=s3cret-value`;
  const { stderr } = await lookAt({
    one: { kind: "server", url, requires: ">=14" },
    two: { kind: "server", url, requires: ">=14" },
  });
  assert.match(stderr, /dependencies\.one\.url: the parameter colour is not known/);
  assert.equal(stderr.trim().split("\n").length, 1, stderr);
  assert.doesNotMatch(stderr, /s3cret/);
});

test("no driver writes to stderr, for any URL and any server", { skip: lacksMariadb() ?? false }, async (t) => {
  const [database, mariadb] = [await createDatabase(), await startMariadb()];
  t.after(() => Promise.all([database.drop(), mariadb.stop()]));
  // Garbage for every protocol, in packets whose sequence mysql2 would check.
  const chatter = createTcp((socket) =>
    socket.on("error", () => {}).write(Buffer.from("0500000741424344450500000941424344", "hex")),
  );
  const web = createServer((_, response) => void response.end("hello"));
  chatter.listen(0, "127.0.0.1");
  web.listen(0, "127.0.0.1");
  await Promise.all([once(chatter, "listening"), once(web, "listening")]);
  t.after(() => void [chatter.close(), web.close()]);
  const portOf = (server: { readonly address: () => unknown }) => (server.address() as AddressInfo).port;
  const postgresQueries = [
    "sslmode=require",
    "sslmode=verify-ca&sslrootcert=/nowhere",
    "sslmode=prefer",
    "ssl=true",
    "sslmode=no-verify",
    "ssl=0",
    "binary=true",
    "application_name=a",
    "pool=5",
    "statement_timeout=5",
    "uselibpqcompat=true&sslmode=require",
    "channel_binding=require",
    "host=/nowhere",
  ];
  const mysqlQueries = [
    "ssl=true",
    'ssl={"rejectUnauthorized":false}',
    "ssl-mode=REQUIRED",
    "useSSL=true",
    "timezone=Mars",
    "timezone=%2B25:00",
    "charset=klingon",
    "connectionLimit=5",
    "colour=blue",
    "debug=true",
    "flags=-FOUND_ROWS",
    "multipleStatements=false",
    "dateStrings=maybe",
    "trace=1",
    "authPlugins={}",
  ];
  const urls = [
    ...postgresQueries.map((query) => `${database.url}?${query}`),
    ...mysqlQueries.map((query) => `${mariadb.url}?${query}`),
    mariadb.urlWith("nobody", "wrong"),
    database.urlWith({ password: "wrong" }),
    database.urlWith({ password: "" }),
    ...[chatter, web].flatMap((server) =>
      ["postgres", "mysql", "redis"].map((scheme) => `${scheme}://a:b@127.0.0.1:${portOf(server)}/c`),
    ),
    `rediss://127.0.0.1:${portOf(web)}`,
    `mysql://a:b@127.0.0.1:${await freePort()}/c?tls=true`,
  ];
  const dependencies = Object.fromEntries(
    urls.map((url, index) => [`d${index}`, { kind: "server", url, requires: ">=1", timeoutMs: 1000 }]),
  );
  // A password file that others can read: node-postgres would warn about it.
  const home = scratchPath("home");
  mkdirSync(home);
  writeFileSync(join(home, ".pgpass"), "*:*:*:*:x\n", { mode: 0o666 });
  chmodSync(join(home, ".pgpass"), 0o666);
  const environment = { HOME: home, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
  const { stderr, looks } = await lookAt(dependencies, { environment });
  assert.equal(Object.keys(looks).length, urls.length);
  assert.doesNotMatch(JSON.stringify(looks), /internal error/);
  const lines = stderr.split("\n").filter((line) => line !== "");
  const known = lines.filter((line) => /is not known, and has no effect on seaworthy's own connections/.test(line));
  // colour and debug
  assert.deepEqual([lines.length, known.length], [2, 2], stderr);
});
