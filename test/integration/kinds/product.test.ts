import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { createServer as createHttp, type RequestListener } from "node:http";
import { test } from "node:test";
import { createDatabase } from "../../harness/database.ts";
import { runContainer } from "../../harness/container.ts";
import { assertLooks } from "../../harness/look.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { lacking, programs, startRedis } from "../../harness/services.ts";
import { lacksMariadb, startMariadb } from "../../harness/mariadb.ts";

const server = (url: string, requires: string) => ({ kind: "server", url, requires });

test("a MariaDB is not a MySQL", { skip: lacksMariadb() ?? false }, async (t) => {
  const { url, stop } = await startMariadb();
  t.after(() => stop());
  await assertLooks({
    mysql: {
      settings: server(url, "mysql >=8"),
      expected: { verdict: "unreadable", reason: /the server is mariadb, not mysql, but mysql >=8 is needed/ },
    },
    mariadb: { settings: server(url, "mariadb >=10.6"), expected: { verdict: "compatible" } },
    behind: { settings: server(url, "mariadb >=99"), expected: { verdict: "behind" } },
    "control-nothing-said": { settings: server(url, ">=8"), expected: { verdict: "compatible" } },
  });
});

test("a Postgres is not another product that speaks its protocol", async (t) => {
  const database = await createDatabase();
  t.after(() => database.drop());
  await assertLooks({
    postgres: { settings: server(database.url, "postgres >=14"), expected: { verdict: "compatible" } },
    postgresql: { settings: server(database.url, "postgresql ^18.0"), expected: { verdict: "compatible" } },
    cockroachdb: {
      settings: server(database.url, "cockroachdb >=1"),
      expected: { verdict: "unreadable", reason: /the server is postgres, not cockroachdb/ },
    },
  });
});

test("a Redis is not a Valkey", { skip: lacking(programs.redis) }, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  // The answer of a Valkey: it also claims to be Redis 7.2.4.
  const valkey = createServer((socket) => {
    const info = "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n";
    socket.on("error", () => {}).once("data", () => socket.write(`$${info.length}\r\n${info}\r\n`));
  }).listen(0, "127.0.0.1");
  await once(valkey, "listening");
  t.after(() => valkey.close());
  const at = (port: number) => `redis://127.0.0.1:${port}`;
  const { port } = valkey.address() as AddressInfo;
  await assertLooks({
    redis: { settings: server(at(redis.port), "redis >=6"), expected: { verdict: "compatible" } },
    other: {
      settings: server(at(redis.port), "valkey >=6"),
      expected: { verdict: "unreadable", reason: /the server is redis, not valkey/ },
    },
    valkey: { settings: server(at(port), "valkey >=8"), expected: { verdict: "compatible", found: "8.0.1" } },
    "no-redis": {
      settings: server(at(port), "redis >=7"),
      expected: { verdict: "unreadable", reason: /the server is valkey, not redis/ },
    },
  });
});

const bodies: Readonly<Record<string, object>> = {
  "/elasticsearch": { version: { number: "8.11.1", build_flavor: "default" }, tagline: "You Know, for Search" },
  "/opensearch": {
    version: { distribution: "opensearch", number: "3.0.0" },
    tagline: "The OpenSearch Project: https://opensearch.org/",
  },
  "/rabbitmq": { product_name: "RabbitMQ", product_version: "3.12.1-alpine" },
  "/silent": { version: { number: "8.11.1" } },
  "/text": { info: "Billing 2.4.0 (build 7)", list: [1] },
};

test("a service's answer names its product", async (t) => {
  const answer: RequestListener = (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/headers") return void response.writeHead(200, { Server: "nginx/1.22.1 (Ubuntu)" }).end("hello");
    if (pathname === "/marked") response.setHeader("X-Elastic-Product", "Elasticsearch");
    response.end(JSON.stringify(bodies[pathname] ?? bodies["/silent"]));
  };
  const http = createHttp(answer).listen(0, "127.0.0.1");
  await once(http, "listening");
  t.after(() => http.close());
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const at = (path: string, requires: string, more: object = { pointer: "/version/number" }) => ({
    kind: "http",
    url: origin + path,
    requires,
    ...more,
  });
  await assertLooks({
    elasticsearch: { settings: at("/elasticsearch", "elasticsearch >=7"), expected: { verdict: "compatible" } },
    opensearch: {
      settings: at("/opensearch", "elasticsearch >=2"),
      expected: { verdict: "unreadable", reason: /is opensearch, not elasticsearch, but elasticsearch >=2 is needed/ },
    },
    "is-opensearch": { settings: at("/opensearch", "opensearch >=2"), expected: { verdict: "compatible" } },
    marked: { settings: at("/marked", "elasticsearch >=7"), expected: { verdict: "compatible" } },
    silent: {
      settings: at("/silent", "elasticsearch >=7"),
      expected: { verdict: "unreadable", reason: /does not say which product it is/ },
    },
    "control-silent": { settings: at("/silent", ">=7"), expected: { verdict: "compatible" } },
    rabbitmq: {
      settings: at("/rabbitmq", "rabbitmq >=3.12.1", { pointer: "/product_version" }),
      expected: { verdict: "compatible" },
    },
    nginx: {
      settings: at("/headers", "nginx >=1.22", { header: "Server" }),
      expected: { verdict: "compatible" },
    },
    "nginx-pattern": {
      settings: at("/headers", "nginx >=1.22", { header: "Server", pattern: String.raw`/(\S+)` }),
      expected: { verdict: "compatible", found: "1.22.1" },
    },
    // A pointer, and a pattern for its value.
    both: {
      settings: at("/text", ">=2.4", { pointer: "/info", pattern: String.raw`Billing (\S+)` }),
      expected: { verdict: "compatible", found: "2.4.0" },
    },
    "pattern-misses": {
      settings: at("/text", ">=2.4", { pointer: "/info", pattern: "Shop (.*)" }),
      expected: { verdict: "unreadable", reason: /nothing in its value at \/info matches Shop/ },
    },
    "pointer-misses": {
      settings: at("/text", ">=2.4", { pointer: "/nothing", pattern: "(.*)" }),
      expected: { verdict: "unreadable", reason: /nothing at \/nothing/ },
    },
    "pointer-to-a-list": {
      settings: at("/text", ">=2.4", { pointer: "/list", pattern: "(.*)" }),
      expected: { verdict: "unreadable", reason: /neither text nor a number/ },
    },
  });
});

test("files and programs, with vendors' suffixes", async () => {
  const path = scratchPath("versions.yaml");
  writeFileSync(path, "kubernetes: v1.29.3-gke.1282000\nimage: shop:2.14.0-alpine\ndebian: 1:10.5.2-3~bpo11+1\n");
  const file = (pointer: string, requires: string, more: object = {}) => ({
    kind: "file",
    path,
    pointer,
    requires,
    ...more,
  });
  const prints = (text: string, requires: string) => ({ kind: "command", command: ["echo", text], requires });
  await assertLooks({
    gke: { settings: file("/kubernetes", ">=1.29.3"), expected: { verdict: "compatible" } },
    "gke-caret": { settings: file("/kubernetes", "^1.29.3"), expected: { verdict: "compatible" } },
    "gke-behind": { settings: file("/kubernetes", ">=1.29.4"), expected: { verdict: "behind" } },
    tag: { settings: file("/image", ">=2.14.0", { pattern: ":(.*)" }), expected: { verdict: "compatible" } },
    debian: { settings: file("/debian", ">=10.5.2"), expected: { verdict: "compatible" } },
    "go-version": { settings: prints("go1.22.3", ">=1.22"), expected: { verdict: "compatible" } },
    rc: { settings: prints("17.0.0-rc42-ee", ">=17.0.0"), expected: { verdict: "behind" } },
    mysql: { settings: prints("nginx version: openresty/1.21.4", "nginx >=1"), expected: { verdict: "unreadable" } },
  });
});

for (const [requires, reason] of [
  [">=7.0.14-8", /received ">=7\.0\.14-8"\. -8 does not affect the order of versions\. Remove it/],
  ["mysqll >=8", /mysqll is not a known product; did you mean mysql\?/],
  ["elasticsearch >=8", /elasticsearch is not a known product; one of postgres, /],
] as const) {
  test(`a server's range is refused: ${requires}`, async () => {
    const settings = { dependencies: { db: server("mysql://127.0.0.1:1/a", requires) } };
    const { code, stderr } = await runContainer({ build: "bundle", asPid1: false }, ["--status"], { settings });
    assert.equal(code, 78);
    assert.match(stderr, reason);
  });
}
