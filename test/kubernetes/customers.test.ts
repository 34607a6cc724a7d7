import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { suite, test } from "node:test";
import { waitFor } from "../harness/wait.ts";
import { startClients, ways, type Tallies } from "./client/clients.ts";
import { assertFlawless, describeTallies } from "./load.ts";

type Fault = (asked: IncomingMessage, answer: ServerResponse, right: () => void) => void;

/** A shop that answers as `examples/shop`, in memory. A fault may answer instead. */
async function openShop(release: string, fault: Fault = (_asked, _answer, right) => right()) {
  const cents = new Map<number, number>();
  const server = createServer((asked, answer) => {
    let body = "";
    asked.setEncoding("utf8").on("data", (part: string) => (body += part));
    asked.on("end", () => fault(asked, answer, () => answer.end(JSON.stringify(contentOf(asked, body)))));
  });
  function contentOf({ method, url = "" }: IncomingMessage, body: string): object {
    if (url === "/report") return { products: 1000, release };
    const id = Number(url.split("/").at(-1));
    if (method === "PUT") cents.set(id, (JSON.parse(body) as { readonly cents: number }).cents);
    return { id, name: ["rope", "lantern", "compass"][id % 3], cents: cents.get(id), release };
  }
  await once(server.listen(0, "127.0.0.1"), "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, [Symbol.asyncDispose]: async () => void (await once(server.close(), "close")) };
}

/** Sends load until the condition holds. */
async function load(service: string, until: (tallies: Tallies) => boolean, ready = [service]): Promise<Tallies> {
  const clients = startClients({ service, ready: () => ready, releases: ["1.0.0", "2.0.0"] });
  try {
    await waitFor("the load", () => until(clients.tallies()));
  } finally {
    await clients.stop();
  }
  return clients.tallies();
}

const everywhere = (holds: (tally: Tallies[(typeof ways)[number]]) => boolean) => (tallies: Tallies) =>
  ways.every((way) => holds(tallies[way]));
const enough = everywhere(({ requests }) => requests > 100);

suite("the load clients", () => {
  test("count right answers, each way on its own", async () => {
    await using shop = await openShop("2.0.0");
    const tallies = await load(shop.origin, enough);
    assertFlawless(tallies, ["2.0.0"]);
    assert.throws(() => assertFlawless(tallies, ["1.0.0", "2.0.0"]), /releases that answered/);
    assert.match(
      describeTallies(tallies)[0] ?? "",
      /a connection each +\d+ requests, 0 failed, 0 wrong.*\d+ from 2\.0\.0/,
    );
  });

  test("see a status other than 200, with its body", async () => {
    let count = 0;
    await using shop = await openShop("1.0.0", (_asked, answer, right) => {
      if (++count % 10 !== 0) return right();
      answer.writeHead(500).end("no such column");
    });
    const tallies = await load(
      shop.origin,
      everywhere(({ failed }) => failed.length > 0),
    );
    for (const way of ways) assert.match(tallies[way].failed.join("\n"), /: 500 no such column/);
    assert.throws(() => assertFlawless(tallies, ["1.0.0"]), /failed requests/);
  });

  test("see a wrong price, a release that must not answer, and an answer that is not JSON", async () => {
    const bodies = [`{"id":1,"name":"lantern","cents":-1,"release":"1.0.0"}`, `{"products":1000,"release":"9.0.0"}`];
    for (const body of bodies) {
      await using shop = await openShop("1.0.0", (_asked, answer) => void answer.end(body));
      const tallies = await load(
        shop.origin,
        everywhere(({ wrong }) => wrong.length > 0),
      );
      assert.throws(() => assertFlawless(tallies, ["1.0.0"]), /wrong answers/);
    }
    await using shop = await openShop("1.0.0", (_asked, answer) => void answer.end("<html>"));
    const tallies = await load(
      shop.origin,
      everywhere(({ failed }) => failed.length > 0),
    );
    assert.match(tallies["a connection each"].failed.join("\n"), /SyntaxError/);
  });

  test("see a connection that closes in an answer, and one that is refused", async () => {
    await using shop = await openShop("1.0.0", (_asked, answer) => {
      answer.writeHead(200, { "content-length": 100 });
      answer.write("{", () => answer.socket?.destroy());
    });
    const closed = await load(
      shop.origin,
      everywhere(({ failed }) => failed.length > 0),
    );
    assert.ok(ways.every((way) => closed[way].repeated === 0));
    const { origin } = await openShop("1.0.0").then(async (gone) => {
      await gone[Symbol.asyncDispose]();
      return gone;
    });
    const refused = await load(
      origin,
      everywhere(({ failed }) => failed.length > 0),
    );
    for (const way of ways) assert.match(refused[way].failed.join("\n"), /ECONNREFUSED/);
  });

  test("a client with kept connections repeats a request once, if the server closes the connection without an answer", async () => {
    const requestsOf = new WeakMap<object, number>();
    await using shop = await openShop("1.0.0", (asked, _answer, right) => {
      const count = (requestsOf.get(asked.socket) ?? 0) + 1;
      requestsOf.set(asked.socket, count);
      if (count < 3) return right();
      asked.socket.resetAndDestroy();
    });
    const tallies = await load(shop.origin, (now) => enough(now) && now["kept connections"].repeated > 0);
    assertFlawless(tallies, ["1.0.0"]);
    assert.equal(tallies["a connection each"].repeated, 0);
  });

  test("see a connection that is reset on its first request", async () => {
    await using shop = await openShop("1.0.0", (asked) => asked.socket.resetAndDestroy());
    const tallies = await load(
      shop.origin,
      everywhere(({ failed }) => failed.length > 0),
    );
    for (const way of ways) assert.match(tallies[way].failed.join("\n"), /ECONNRESET|socket hang up/);
  });

  test("see another release on a kept connection", async () => {
    let count = 0;
    await using shop = await openShop("1.0.0", (asked, answer, right) => {
      if (asked.url !== "/report") return right();
      answer.end(JSON.stringify({ products: 1000, release: ++count % 2 ? "1.0.0" : "2.0.0" }));
    });
    const tallies = await load(shop.origin, ({ "kept connections": { wrong } }) => wrong.length > 0);
    assert.match(tallies["kept connections"].wrong.join("\n"), /on a connection to/);
    assert.deepEqual(tallies["a connection each"].wrong, []);
  });

  test("send requests straight to every ready address, and see when there is none", async () => {
    await using one = await openShop("1.0.0");
    await using other = await openShop("2.0.0");
    const ready = [one.origin, other.origin];
    const answered = ({ "ready addresses": { releases } }: Tallies) => Object.keys(releases).length === 2;
    const tallies = await load(one.origin, answered, ready);
    assert.deepEqual(Object.keys(tallies["a connection each"].releases), ["1.0.0"]);
    const without = await load(one.origin, (now) => now["ready addresses"].failed.length > 0, []);
    assert.match(without["ready addresses"].failed[0] ?? "", /no address to send it to/);
  });
});
