import { Agent, request } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** The answers that customers of `examples/shop` got. */
export interface Tally {
  readonly requests: number;
  /** No answer, or a status other than 200. */
  readonly failed: readonly string[];
  /** An answer with 200 but the wrong content. */
  readonly wrong: readonly string[];
  /** The number of right answers from each release. */
  readonly releases: Readonly<Record<string, number>>;
  /** Requests that were sent again, because the server had closed the kept connection. */
  readonly repeated: number;
}

export interface Customers {
  /** The answers so far. */
  readonly tally: () => Tally;
  /** Waits for running requests and counts them too. */
  readonly stop: () => Promise<Tally>;
}

export interface CustomersOptions {
  /** Releases that may answer. */
  readonly releases: readonly string[];
  /** The number of customers that set and read prices. Default: 8. */
  readonly shoppers?: number;
  /** The first shopper's product. Default: 1. Two loads on the same shop need products of their own. */
  readonly firstProduct?: number;
}

/** How a customer reaches the shop. */
export interface Route {
  /** The shop's address for the next request, for example http://127.0.0.1:80. Undefined: there is none now. */
  readonly origin: () => string | undefined;
  /** Keeps connections. False: each request opens its own. */
  readonly agent: Agent | false;
  /**
   * Whether a request on a kept connection is sent again if the server closes the connection without an answer. HTTP
   * clients do this with methods that are safe to repeat. Default: false.
   */
  readonly repeats?: boolean;
  /** Whether a kept connection ends at a container, and so always reaches the same release. Default: it ends at a proxy. */
  readonly endsAtContainer?: boolean;
}

const pauseMs = 10;
const limitMs = 15_000;

/**
 * Sends constant load. Half of the customers open a connection for each request, and half reuse theirs.
 */
export function sendCustomers(origin: string, options: CustomersOptions): Customers {
  const kept = new Agent({ keepAlive: true });
  const routes = [false, kept] as const;
  const customers = sendThrough(
    routes.map((agent) => ({ origin: () => origin, agent })),
    options,
  );
  return {
    ...customers,
    async stop() {
      const tally = await customers.stop();
      kept.destroy();
      return tally;
    },
  };
}

/**
 * Each shopper has a product, sets its price, reads it back and compares. One more customer for each route asks for the
 * report, which takes a second. The status and content of every answer are checked, and that a kept connection to a
 * container never reaches another release.
 */
export function sendThrough(
  routes: readonly Route[],
  { releases, shoppers = 8, firstProduct = 1 }: CustomersOptions,
): Customers {
  const counts = {
    requests: 0,
    repeated: 0,
    failed: [] as string[],
    wrong: [] as string[],
    releases: {} as Record<string, number>,
  };
  const releaseOf = new WeakMap<Socket, string>();
  const end = new AbortController();

  async function answerTo(route: Route, how: Request): Promise<Answer> {
    const origin = route.origin();
    if (origin === undefined) throw new Error("no address to send it to");
    try {
      return await send(origin, route.agent, how);
    } catch (error) {
      if (!route.repeats || !(error instanceof StaleConnection)) throw error;
      counts.repeated++;
      return send(origin, false, how);
    }
  }

  /** Returns whether the answer was right. */
  async function expectAnswer(route: Route, how: Request, expected: object): Promise<boolean> {
    counts.requests++;
    const began = Date.now();
    const label = `${how.method} ${how.path} at ${new Date(began).toISOString()}`;
    const count = (list: string[], what: string) => {
      list.push(`${label}: ${what}`);
      return false;
    };
    try {
      const { status, body, socket } = await answerTo(route, how);
      if (status !== 200) return count(counts.failed, `${status} ${body}`);
      const { release, ...content } = JSON.parse(body) as { readonly release: string };
      const before = releaseOf.get(socket) ?? release;
      releaseOf.set(socket, release);
      if (route.endsAtContainer === true && before !== release)
        return count(counts.wrong, `${release} on a connection to ${before}`);
      const isRight = JSON.stringify(content) === JSON.stringify(expected) && releases.includes(release);
      if (!isRight) return count(counts.wrong, `${body} instead of ${JSON.stringify(expected)}`);
      counts.releases[release] = (counts.releases[release] ?? 0) + 1;
      return true;
    } catch (error) {
      return count(counts.failed, `${String(error)} after ${Date.now() - began} ms`);
    }
  }

  async function shop(id: number, route: Route): Promise<void> {
    const path = `/products/${id}`;
    for (let cents = 1; !end.signal.aborted; cents++) {
      const expected = { id, name: names[id % names.length], cents };
      const isSet = await expectAnswer(route, { method: "PUT", path, body: JSON.stringify({ cents }) }, expected);
      if (isSet) await expectAnswer(route, { method: "GET", path }, expected);
      await pause(pauseMs);
    }
  }

  async function readReports(route: Route): Promise<void> {
    while (!end.signal.aborted) {
      await expectAnswer(route, { method: "GET", path: "/report" }, { products: 1000 });
      await pause(pauseMs);
    }
  }

  const customers = routes.flatMap((route, kind) => [
    ...Array.from({ length: shoppers / routes.length }, (_, index) =>
      shop(firstProduct + index * routes.length + kind, route),
    ),
    readReports(route),
  ]);
  return {
    tally: () => structuredClone(counts),
    async stop() {
      end.abort();
      await Promise.all(customers);
      return counts;
    },
  };
}

/** The product names in the shop's first migration. */
const names = ["rope", "lantern", "compass"];

interface Request {
  readonly method: "GET" | "PUT";
  readonly path: string;
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly socket: Socket;
}

/** The server closed a kept connection before it answered. */
class StaleConnection extends Error {}

function send(origin: string, agent: Agent | false, { method, path, body = "" }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method, agent, headers: { "content-length": Buffer.byteLength(body) } };
    const asked = request(`${origin}${path}`, options, (answer) => {
      const { socket, statusCode: status = 0 } = answer;
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => (text += part));
      answer.on("error", reject).on("end", () => resolve({ status, body: text, socket }));
    });
    asked.setTimeout(limitMs, () => asked.destroy(new Error(`no answer within ${limitMs / 1000} s`)));
    asked.on("error", (error: NodeJS.ErrnoException) => {
      const isStale = asked.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      reject(isStale ? new StaleConnection(String(error), { cause: error }) : error);
    });
    asked.end(body);
  });
}
