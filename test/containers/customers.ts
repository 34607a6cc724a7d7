import { Agent, request } from "node:http";
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
}

const pauseMs = 10;
const limitMs = 15_000;

/**
 * Sends constant load. Each shopper has a product, sets its price, reads it back and compares. Two more customers ask for
 * the report, which takes a second. The status and content of every answer are checked. Half of the customers open a
 * connection for each request, and half reuse theirs.
 */
export function sendCustomers(origin: string, { releases, shoppers = 8 }: CustomersOptions): Customers {
  const kept = new Agent({ keepAlive: true });
  const counts = { requests: 0, failed: [] as string[], wrong: [] as string[], releases: {} as Record<string, number> };
  const end = new AbortController();

  async function expectAnswer(agent: Agent | false, how: Request, expected: object): Promise<void> {
    counts.requests++;
    const began = Date.now();
    const label = `${how.method} ${how.path} at ${new Date(began).toISOString()}`;
    try {
      const { status, body } = await send(origin, agent, how);
      if (status !== 200) return void counts.failed.push(`${label}: ${status} ${body}`);
      const { release, ...content } = JSON.parse(body) as { readonly release: string };
      const isRight = JSON.stringify(content) === JSON.stringify(expected) && releases.includes(release);
      if (!isRight) return void counts.wrong.push(`${label}: ${body} instead of ${JSON.stringify(expected)}`);
      counts.releases[release] = (counts.releases[release] ?? 0) + 1;
    } catch (error) {
      counts.failed.push(`${label}: ${String(error)} after ${Date.now() - began} ms`);
    }
  }

  async function shop(id: number, agent: Agent | false): Promise<void> {
    const path = `/products/${id}`;
    for (let cents = 1; !end.signal.aborted; cents++) {
      const expected = { id, name: names[id % names.length], cents };
      await expectAnswer(agent, { method: "PUT", path, body: JSON.stringify({ cents }) }, expected);
      await expectAnswer(agent, { method: "GET", path }, expected);
      await pause(pauseMs);
    }
  }

  async function readReports(agent: Agent | false): Promise<void> {
    while (!end.signal.aborted) await expectAnswer(agent, { method: "GET", path: "/report" }, { products: 1000 });
  }

  const agents = [false, kept] as const;
  const customers = agents.flatMap((agent, kind) => [
    ...Array.from({ length: shoppers / 2 }, (_, index) => shop(1 + index * 2 + kind, agent)),
    readReports(agent),
  ]);
  return {
    tally: () => structuredClone(counts),
    async stop() {
      end.abort();
      await Promise.all(customers);
      kept.destroy();
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

function send(
  origin: string,
  agent: Agent | false,
  { method, path, body = "" }: Request,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const options = { method, agent, headers: { "content-length": Buffer.byteLength(body) } };
    const asked = request(`${origin}${path}`, options, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => (text += part));
      answer.on("error", reject).on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
    });
    asked.setTimeout(limitMs, () => asked.destroy(new Error(`no answer within ${limitMs / 1000} s`)));
    asked.on("error", reject);
    asked.end(body);
  });
}
