import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { describe, test, type TestContext } from "node:test";
import { exchange, openMany, openSocket, targetOf, type Target } from "../../harness/abuse.ts";
import { startWatched, type Watched } from "../../harness/health.ts";
import { readResources, startPulse, type Pulse } from "../../harness/vitals.ts";
import { createRandom, type Random } from "../../harness/versions.ts";
import { waitFor } from "../../harness/wait.ts";

/**
 * 32 MB, and V8's young generation: up to three spaces of 16 MB, which it fills before it collects anything. A buffer without a
 * limit takes hundreds.
 */
const grownLimitMb = 32 + 3 * 16;
/** For an endpoint that is blocked. The target is 50 ms, and a loaded machine is far slower. */
const answerLimitMs = 15_000;

const settings = {
  app: { name: "shop", version: "2.3.0" },
  dependencies: { well: { kind: "file", path: "/proc/sys/kernel/pid_max", requires: ">=1" } },
};

interface Under {
  readonly watched: Watched;
  readonly target: Target;
  readonly pulse: Pulse;
}

/** Health must answer during the abuse, and the memory must be back to normal afterwards. */
async function withstand(
  t: TestContext,
  abuse: (under: Under) => Promise<unknown>,
  options: object = {},
): Promise<void> {
  using watched = startWatched({ settings, ...options });
  await watched.untilVerdict("well", "compatible");
  const base = await watched.base();
  const pid = await watched.pid();
  // Code that the first requests load stays in memory.
  await Promise.all(["/", "/metrics", "/livez"].map((path) => watched.ask(path)));
  const before = readResources(pid);
  let most = before;
  const watching = setInterval(() => {
    const now = readResources(pid);
    if (now.privateKb > most.privateKb) most = now;
  }, 50);
  const pulse = startPulse(base, { everyMs: 50, mayBeRefused: "before" in options });
  try {
    await abuse({ watched, target: targetOf(base), pulse });
  } finally {
    clearInterval(watching);
    await pulse.stop();
  }
  const { asked, p99Ms, maxMs } = pulse.take();
  const after = readResources(pid);
  const mb = (kb: number) => ((kb - before.privateKb) / 1024).toFixed(1);
  t.diagnostic(
    `${asked} probes meanwhile, p99 ${p99Ms.toFixed(1)} ms, longest ${maxMs.toFixed(1)} ms; memory at most ${mb(most.privateKb)} MB more, afterwards ${mb(after.privateKb)}`,
  );
  assert.ok(asked > 0);
  assert.ok(maxMs < answerLimitMs, `an answer took ${maxMs} ms`);
  assert.ok(Number(mb(most.privateKb)) < grownLimitMb, `${mb(most.privateKb)} MB more`);
  await waitFor("an answer", () =>
    watched.health().then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  await waitFor("the connections to go", () => readResources(pid).sockets <= before.sockets + 2);
}

describe("the endpoint under abuse", { concurrency: 1 }, () => {
  test("2,000 connections that send nothing, or half a request byte by byte", async (t) => {
    await withstand(t, async ({ target }) => {
      const sockets = await openMany(target, 2000);
      const request = "GET /health HTTP/1.1\r\nHost: shop\r\nX-Slow: ";
      for (let letter = 0; letter < 30; letter++) {
        for (const [index, socket] of sockets.entries())
          if (index % 2 === 0 && socket.writable) socket.write(request[letter] ?? "x");
        await delay(100);
      }
      const left = sockets.filter(({ destroyed }) => !destroyed).length;
      assert.ok(left < 600, `${left} connections are still open`);
      for (const socket of sockets) socket.destroy();
    });
  });

  test("5,000 connections that are opened and reset", async (t) => {
    await withstand(t, async ({ target }) => {
      for (let batch = 0; batch < 50; batch++) {
        const sockets = await openMany(target, 100);
        for (const socket of sockets) socket.resetAndDestroy();
      }
    });
  });

  test("more connections than the limit on descriptors", async (t) => {
    await withstand(
      t,
      async ({ target }) => {
        for (let round = 0; round < 5; round++) {
          const sockets = await openMany(target, 200);
          await delay(100);
          for (const socket of sockets) socket.destroy();
        }
      },
      { before: "ulimit -n 64" },
    );
  });

  test("headers and URLs that are too large: 431, and the connection is closed", async (t) => {
    await withstand(t, async ({ target }) => {
      const big = "x".repeat(100_000);
      const requests = [
        `GET /${big} HTTP/1.1\r\nHost: a\r\n\r\n`,
        `GET /health HTTP/1.1\r\nHost: a\r\nX-Big: ${big}\r\n\r\n`,
        `GET /health HTTP/1.1\r\nHost: a\r\n${"X-Many: 1\r\n".repeat(10_000)}\r\n`,
        `GET /health HTTP/1.1\r\nHost: a\r\n${big}: 1\r\n\r\n`,
      ];
      for (let round = 0; round < 20; round++) {
        for (const request of requests) {
          const answer = await exchange(target, request);
          if (answer !== "") assert.match(answer, /^HTTP\/1\.1 431 /);
        }
      }
      const within = `GET /health HTTP/1.1\r\nHost: a\r\nX-Big: ${"x".repeat(3500)}\r\nConnection: close\r\n\r\n`;
      assert.match(await exchange(target, within), /^HTTP\/1\.1 200 /);
    });
  });

  test("endless bodies", async (t) => {
    await withstand(t, async ({ target }) => {
      const block = Buffer.alloc(65_536, "x");
      const heads = ["Content-Length: 100000000000", "Transfer-Encoding: chunked"];
      const sockets = heads.flatMap((head) =>
        Array.from({ length: 10 }, () => {
          const socket = openSocket(target);
          socket.write(
            `POST /health HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n${head.startsWith("T") ? "fffffff\r\n" : ""}`,
          );
          const send = () => {
            while (socket.writable && socket.write(block));
          };
          socket.on("drain", send).on("connect", send);
          return socket;
        }),
      );
      await waitFor("all of them to be closed", () => sockets.every(({ destroyed }) => destroyed));
    });
  });

  test("pipelining: the answers are in the order of the requests", async (t) => {
    await withstand(t, async ({ target }) => {
      const one = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
      const last = "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => exchange(target, one.repeat(999) + last, 20_000)),
      );
      for (const answer of answers) assert.equal(answer.match(/HTTP\/1\.1 200 OK/g)?.length, 1000);
    });
  });

  test("pipelining by a client that never reads the answers", async (t) => {
    await withstand(t, async ({ target }) => {
      const block = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000);
      const sockets = Array.from({ length: 50 }, () => openSocket(target).pause());
      for (let round = 0; round < 20; round++) {
        for (const socket of sockets) if (socket.writable && socket.writableLength < 1_000_000) socket.write(block);
        await delay(50);
      }
      for (const socket of sockets) socket.destroy();
    });
  });

  test("10,000 requests from a fuzzer", async (t) => {
    const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 1e9);
    t.diagnostic(`TEST_SEED=${seed}`);
    const random = createRandom(seed);
    await withstand(t, async ({ target }) => {
      const statuses = new Map<string, number>();
      for (let sent = 0; sent < 10_000; sent += 50) {
        const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(target, mutate(random), 5000)));
        for (const answer of answers) {
          const status = answer === "" ? "closed" : (/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? "not HTTP");
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }
      t.diagnostic(JSON.stringify(Object.fromEntries([...statuses])));
      for (const status of statuses.keys()) assert.match(status, /^(closed|200|304|400|404|405|408|431|505)$/);
    });
  });
});

const corpus = [
  "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  "GET /health/well HTTP/1.0\r\n\r\n",
  "HEAD / HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\nConnection: close\r\n\r\n",
  "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: text/plain;version=0.0.4\r\nConnection: close\r\n\r\n",
  "POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "GET http://a/livez HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
  "GET /startupz HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
  "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
];
const pieces = [
  "\r\n",
  "\n",
  "\0",
  " ",
  ":",
  "%",
  "/../",
  "é",
  "\u00ff",
  "HTTP/9.9",
  "Content-Length: -1\r\n",
  "Content-Length: 99999999999999999999\r\n",
  "Transfer-Encoding: gzip\r\n",
  "Host: b\r\n",
  "?",
  "#",
  "%00",
  "x".repeat(5000),
];

/** A request with a few random mistakes. */
function mutate(random: Random): Buffer {
  let text = corpus[random.below(corpus.length)] ?? "";
  for (let change = random.below(5); change >= 0; change--) {
    const at = random.below(text.length + 1);
    const length = random.below(4);
    const insert = [
      () => pieces[random.below(pieces.length)] ?? "",
      () => String.fromCharCode(random.below(256)),
      () => text.slice(random.below(text.length + 1)),
      () => "",
    ][random.below(4)];
    text = (text.slice(0, at) + (insert?.() ?? "") + text.slice(at + length)).slice(0, 20_000);
  }
  return Buffer.from(text, "latin1");
}
