import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createPlain, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createSecure } from "node:https";
import { createServer as createTcp, type AddressInfo, type Server } from "node:net";
import { after, before, test } from "node:test";
import { createAuthority } from "../../harness/certificates.ts";
import { startWatched } from "../../harness/health.ts";
import { assertLooks, lookAt } from "../../harness/look.ts";
import { freePort } from "../../harness/postgres.ts";

const token = "Bearer s3cr3t-token-of-the-shop";
const authority = createAuthority("own");
const stranger = createAuthority("stranger");
/** The headers of every request, by path. */
const asked = new Map<string, IncomingMessage["headers"]>();
const servers: Server[] = [];
let plain = "";
let other = "";
let secure = "";
let broken = "";

const bodies: Readonly<Record<string, string>> = {
  "/json": '{"version":"2.3.0","deep":{"list":[{"a/b":"1.0"}]},"number":20240102030405060708,"short":2.10,"flag":true}',
  "/plain": " v2.4.1 \n",
  "/text": "billing\nversion: 3.1\n",
  "/html": "<!doctype html><title>Welcome</title>",
  "/": "1.0",
};

const answer: RequestListener = (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  asked.set(pathname, request.headers);
  const body = bodies[pathname];
  if (body !== undefined) response.end(body);
  else if (pathname === "/header") response.writeHead(200, { "X-Version": "2.9.9" }).end("nothing");
  else if (pathname === "/echo") response.end(`${"x".repeat(60)} ${request.headers.authorization}`);
  else if (pathname === "/moved") response.writeHead(302, { location: "/json" }).end();
  else if (pathname === "/loop") response.writeHead(302, { location: "/loop" }).end();
  else if (pathname === "/away") response.writeHead(302, { location: `${other}/arrived` }).end();
  else if (pathname === "/nowhere") response.writeHead(302, { location: "http://[" }).end();
  else if (pathname === "/arrived") response.end("2.3.0");
  else if (pathname === "/huge") response.end("x".repeat(3_000_000));
  else if (pathname === "/drip") drip(response);
  else if (pathname.startsWith("/status/")) response.writeHead(Number(pathname.slice(8))).end("2.3.0");
  // Other paths get no answer.
};

/** Sends single bytes, too slowly for any timeout. */
function drip(response: NodeJS.WritableStream): void {
  const timer = setInterval(() => response.write("1"), 20);
  response.once("close", () => clearInterval(timer));
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

before(async () => {
  plain = `http://127.0.0.1:${await listen(createPlain(answer))}`;
  other = `http://127.0.0.1:${await listen(createPlain(answer))}`;
  secure = `https://127.0.0.1:${await listen(createSecure(authority.server, answer))}`;
  broken = `http://127.0.0.1:${await listen(createTcp((socket) => socket.on("error", () => {}).end("HTTP/9.9 what?\r\n\r\n")))}`;
});

after(() => {
  for (const server of servers) {
    server.close();
    if ("closeAllConnections" in server) (server as ReturnType<typeof createPlain>).closeAllConnections();
  }
});

const at = (path: string, more: object = {}) => ({
  kind: "http",
  url: `${plain}${path}`,
  requires: ">=2.1.0",
  timeoutMs: 400,
  ...more,
});

test("a version comes from a pointer, a pattern, a header, or the whole body", async () => {
  await assertLooks({
    pointer: { settings: at("/json", { pointer: "/version" }), expected: { verdict: "compatible", found: "2.3.0" } },
    deep: {
      settings: at("/json", { pointer: "/deep/list/0/a~1b", requires: ">=2" }),
      expected: { verdict: "behind", found: "1.0", reason: /has version 1\.0, but >=2 is needed/ },
    },
    exact: {
      settings: at("/json", { pointer: "/number", requires: ">=20240102030405060708", scheme: "integer" }),
      expected: { verdict: "compatible", found: "20240102030405060708" },
    },
    "one-more": {
      settings: at("/json", { pointer: "/number", requires: ">=20240102030405060709" }),
      expected: { verdict: "behind" },
    },
    "two-ten": {
      settings: at("/json", { pointer: "/short", requires: ">=2.9" }),
      expected: { verdict: "compatible", found: "2.10" },
    },
    outgrown: { settings: at("/json", { pointer: "/version", requires: "^1.0.0" }), expected: { verdict: "outgrown" } },
    "no-such": {
      settings: at("/json", { pointer: "/nothing" }),
      expected: { verdict: "unreadable", reason: /nothing at \/nothing/ },
    },
    boolean: {
      settings: at("/json", { pointer: "/flag" }),
      expected: { verdict: "unreadable", reason: /neither text nor a number/ },
    },
    "no-json": {
      settings: at("/html", { pointer: "/version" }),
      expected: { verdict: "unreadable", reason: /cannot be parsed/ },
    },
    pattern: {
      settings: at("/text", { pattern: "^version: (.*)$" }),
      expected: { verdict: "compatible", found: "3.1" },
    },
    "no-match": {
      settings: at("/html", { pattern: "^version: (.*)$" }),
      expected: { verdict: "unreadable", reason: /nothing in it matches/ },
    },
    whole: { settings: at("/plain"), expected: { verdict: "compatible", found: "v2.4.1" } },
    "no-version": { settings: at("/html"), expected: { verdict: "unreadable", reason: /is not a version/ } },
    header: { settings: at("/header", { header: "x-version" }), expected: { verdict: "compatible", found: "2.9.9" } },
    "no-header": {
      settings: at("/plain", { header: "x-version" }),
      expected: { verdict: "unreadable", reason: /no header x-version/ },
    },
  });
});

test("each failure has its own reason: no answer, an error, a redirect, another content", async () => {
  const closed = await freePort();
  await assertLooks({
    refused: {
      settings: at("", { url: `http://127.0.0.1:${closed}/v` }),
      expected: { verdict: "unreachable", reason: /ECONNREFUSED/ },
    },
    "no-name": { settings: at("", { url: "http://name.invalid/v" }), expected: { verdict: "unreachable" } },
    silent: { settings: at("/silent"), expected: { verdict: "unreachable", reason: /no answer in time/ } },
    drip: { settings: at("/drip"), expected: { verdict: "unreachable", reason: /no answer in time/ } },
    huge: {
      settings: at("/huge", { timeoutMs: 2000 }),
      expected: { verdict: "unreachable", reason: /longer than 1048576/ },
    },
    malformed: { settings: at("", { url: broken }), expected: { verdict: "unreachable" } },
    "server-error": { settings: at("/status/500"), expected: { verdict: "unreachable", reason: /answered 500/ } },
    unavailable: { settings: at("/status/503"), expected: { verdict: "unreachable", reason: /answered 503/ } },
    "not-found": { settings: at("/status/404"), expected: { verdict: "unreadable", reason: /answered 404/ } },
    forbidden: { settings: at("/status/403"), expected: { verdict: "unreadable", reason: /answered 403/ } },
    empty: { settings: at("/status/204"), expected: { verdict: "unreadable" } },
  });
});

test("redirects are refused by default, followed up to the limit, and other origins never get the headers", async () => {
  const headers = { authorization: token };
  await assertLooks({
    refused: {
      settings: at("/moved"),
      expected: { verdict: "unreadable", reason: /answered 302\. Use the URL that it redirects to/ },
    },
    followed: {
      settings: at("/moved", { redirects: 1, pointer: "/version", headers }),
      expected: { verdict: "compatible" },
    },
    loop: { settings: at("/loop", { redirects: 3 }), expected: { verdict: "unreadable", reason: /answered 302/ } },
    nowhere: { settings: at("/nowhere", { redirects: 3 }), expected: { verdict: "unreachable" } },
    away: { settings: at("/away", { redirects: 1, headers }), expected: { verdict: "compatible" } },
  });
  assert.equal(asked.get("/json")?.authorization, token, "the same origin gets the headers");
  assert.equal(asked.get("/away")?.authorization, token);
  assert.equal(asked.get("/arrived")?.authorization, undefined, "another origin gets none");
});

test("TLS: the configured authority is trusted, an unknown one and the system's are not", async () => {
  const { looks } = await assertLooks({
    own: { settings: at("", { url: `${secure}/plain`, ca: authority.file }), expected: { verdict: "compatible" } },
    stranger: {
      settings: at("", { url: `${secure}/plain`, ca: stranger.file }),
      expected: { verdict: "unreachable", reason: /certificate/ },
    },
    system: {
      settings: at("", { url: `${secure}/plain` }),
      expected: { verdict: "unreachable", reason: /certificate/ },
    },
    missing: {
      settings: at("", { url: `${secure}/plain`, ca: "/no/such/ca.pem" }),
      expected: { verdict: "unreachable", reason: /ENOENT/ },
    },
    "not-tls": { settings: at("", { url: plain.replace("http:", "https:") }), expected: { verdict: "unreachable" } },
  });
  assert.equal(looks["own"]?.found, "v2.4.1");
});

test("a secret header is sent, and never shown, even if a service echoes it", async () => {
  const environment = { BILLING_TOKEN: token };
  const headers = { authorization: "${BILLING_TOKEN}" };
  const dependencies = {
    echo: at("/echo", { headers }),
    found: at("/echo", { headers, pattern: "Bearer .*" }),
    query: at("/html?api_key=hidden-in-the-url", { headers }),
  };
  const { looks, stdout, stderr } = await lookAt(dependencies, { environment });
  assert.equal(asked.get("/echo")?.authorization, token);
  assert.equal(looks["echo"]?.verdict, "unreadable");
  assert.match(looks["found"]?.reason ?? "", /\*\*\*/);
  using app = startWatched({ settings: { app: { name: "shop" }, dependencies }, environment });
  await app.untilVerdict("found", "unreadable");
  const shown = [
    stdout,
    stderr,
    app.stderr(),
    ...(await Promise.all(["/health", "/", "/metrics"].map((path) => app.ask(path)))).map((one) => one.text),
  ];
  for (const text of shown) assert.doesNotMatch(text, /s3cr3t|token-of|hidden-in/);
});

test("a relative ca is relative to the first working directory, which the supervisor leaves", async () => {
  const [, folder = "/", file = ""] = /^(.*)\/([^/]+)$/.exec(authority.file) ?? [];
  const settings = { app: { name: "shop" }, dependencies: { own: at("", { url: `${secure}/plain`, ca: file }) } };
  using app = startWatched({ settings, workingDirectory: folder });
  await app.untilVerdict("own", "compatible");
});
