import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { createServer as createTcp, type AddressInfo, type Server } from "node:net";
import { after, before, test } from "node:test";
import { createServer as createTls } from "node:tls";
import { createAuthority } from "../../harness/certificates.ts";
import { runContainer } from "../../harness/container.ts";
import { serverUrl } from "../../harness/database.ts";
import { lookAt } from "../../harness/look.ts";
import { lacking, programs, startRedis, type Service } from "../../harness/services.ts";
import { lacksMariadb, startMariadb, type MariadbServer } from "../../harness/mariadb.ts";

const skip = lacksMariadb() ?? lacking(programs.redis);
const opened: Server[] = [];
let mariadb: MariadbServer;
let redis: Service;
/** Ports by the kind of server. */
let ports: Readonly<Record<"mysql" | "redis" | "postgres" | "web" | "ssh" | "tls" | "silent" | "rude", number>>;

before(async () => {
  if (skip) return;
  [mariadb, redis] = await Promise.all([startMariadb(), startRedis()]);
  ports = {
    mysql: Number(new URL(mariadb.url).port),
    redis: redis.port,
    postgres: Number(new URL(await serverUrl()).port),
    web: await listen(createHttp((_, response) => response.end("hello"))),
    ssh: await listen(createTcp((socket) => socket.on("error", () => {}).write("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"))),
    tls: await listen(
      createTls(createAuthority("foreign").server, (socket) => socket.on("error", () => {})).on(
        "tlsClientError",
        () => {},
      ),
    ),
    silent: await listen(createTcp((socket) => socket.on("error", () => {}).resume())),
    rude: await listen(createTcp((socket) => socket.on("error", () => {}).end())),
  };
});

after(async () => {
  for (const server of opened) server.close();
  await Promise.all([mariadb?.stop(), redis?.stop()]);
});

async function listen(server: Server): Promise<number> {
  opened.push(server);
  server.unref();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

type Port = keyof typeof ports;
const looks = (speaks: string, name: string) =>
  new RegExp(`does not speak ${speaks}: it looks like ${name}\\. Check the scheme`);
/** OpenSSL's reaction to bytes that are not TLS depends on the bytes. */
const closedOrTls = /expects TLS from the first byte|the connection was closed (?:by the other side|without an answer)/;
const notTls = /does not speak TLS\. Check the port, or write redis:\/\//;
const silent = /did not answer in time|no answer (?:in time|within)/;
const closed = /the connection was closed (?:by the other side|without an answer)\. Check that/;

const expected: Readonly<Record<string, Partial<Record<Port, RegExp>>>> = {
  "postgres://u:story-secret@127.0.0.1:PORT/d": {
    mysql: looks("Postgres", "MySQL"),
    web: looks("Postgres", "a web server"),
    ssh: looks("Postgres", "an SSH server"),
    tls: closedOrTls,
    redis: silent,
    silent,
    rude: closed,
  },
  "postgres://u:story-secret@127.0.0.1:PORT/d?sslmode=disable": {
    mysql: looks("Postgres", "MySQL"),
    web: looks("Postgres", "a web server"),
    ssh: looks("Postgres", "an SSH server"),
    tls: closedOrTls,
    redis: silent,
    rude: closed,
  },
  "mysql://u:story-secret@127.0.0.1:PORT/d": {
    ssh: looks("MySQL", "an SSH server"),
    // These servers wait for the client, and a MySQL client waits for the server.
    postgres: silent,
    redis: silent,
    web: silent,
    silent,
    rude: closed,
  },
  "redis://:story-secret@127.0.0.1:PORT": {
    mysql: looks("Redis", "MySQL"),
    web: looks("Redis", "a web server"),
    ssh: looks("Redis", "an SSH server"),
    tls: closedOrTls,
    postgres: closed,
    silent,
    rude: closed,
  },
  "rediss://:story-secret@127.0.0.1:PORT": {
    web: notTls,
    ssh: notTls,
    redis: silent,
  },
};

const rows = Object.entries(expected).flatMap(([url, byPort]) =>
  Object.entries(byPort).map(([name, reason]) => ({ url, name: name as Port, reason })),
);

test(
  "a server that speaks another protocol is named, and no look takes longer than its time limit",
  { skip },
  async () => {
    const key = (url: string, name: string) => `${name}-${Object.keys(expected).indexOf(url)}`;
    const dependencies = Object.fromEntries(
      rows.map(({ url, name }) => {
        const at = url.replace("PORT", String(ports[name]));
        return [key(url, name), { kind: "server", url: at, requires: ">=1", timeoutMs: 2000 }];
      }),
    );
    const { looks: found, stderr, stdout } = await lookAt(dependencies);
    for (const { url, name, reason } of rows) {
      const look = found[key(url, name)];
      assert.equal(look?.verdict, "unreachable", `${url} at ${name}: ${JSON.stringify(look)}`);
      assert.match(look.reason ?? "", reason, `${url} at ${name}`);
      assert.doesNotMatch(
        look.reason ?? "",
        /\.\.|SSL routines|Packets out of order|Received unexpected/,
        `${url} at ${name}`,
      );
    }
    assert.doesNotMatch(stdout + stderr, /story-secret/);
    assert.equal(stderr, "");
  },
);

test("an upgrade at another kind of server exits 69, at once if the server can be named", { skip }, async () => {
  for (const [name, reason] of [
    ["mysql", looks("Postgres", "MySQL")],
    ["web", looks("Postgres", "a web server")],
    ["ssh", looks("Postgres", "an SSH server")],
  ] as const) {
    const url = `postgres://u:story-secret@127.0.0.1:${ports[name]}/d`;
    const settings = {
      app: { name: "shop", version: "1.0.0" },
      dependencies: { release: { kind: "release", url } },
      upgrade: { connectTimeoutSeconds: 600 },
    };
    const { code, stderr } = await runContainer({ build: "bundle", asPid1: false }, ["--upgrade"], { settings });
    assert.equal(code, 69, stderr);
    assert.match(stderr, reason);
  }
});

test("control: the right protocol at the same ports", { skip }, async () => {
  const { looks: found, stderr } = await lookAt({
    mysql: { kind: "server", url: mariadb.url, requires: "mariadb >=10" },
    redis: { kind: "server", url: `redis://127.0.0.1:${ports.redis}`, requires: ">=6" },
    postgres: { kind: "server", url: await serverUrl(), requires: ">=14" },
  });
  assert.deepEqual(
    Object.values(found).map(({ name, verdict }) => [name, verdict]),
    [
      ["mysql", "compatible"],
      ["redis", "compatible"],
      ["postgres", "compatible"],
    ],
    stderr,
  );
});
