import { Agent } from "node:http";
import { sendThrough, type Customers, type Route, type Tally } from "../../containers/customers.ts";

/** The ways on which clients reach a Service. */
export const ways = ["a connection each", "kept connections", "ready addresses"] as const;

export type Way = (typeof ways)[number];

export type Tallies = Readonly<Record<Way, Tally>>;

export interface Clients {
  readonly tallies: () => Tallies;
  /** Waits for running requests and counts them too. */
  readonly stop: () => Promise<Tallies>;
}

export interface ClientsOptions {
  /** The address of the Service. */
  readonly service: string;
  /** The ready addresses of its Pods. */
  readonly ready: () => readonly string[];
  /** Releases that may answer. */
  readonly releases: readonly string[];
}

const shoppers = 4;

/** Sends load on every way at once. */
export function startClients({ service, ready, releases }: ClientsOptions): Clients {
  const kept = new Agent({ keepAlive: true });
  const routes: Readonly<Record<Way, Route>> = {
    "a connection each": { origin: () => service, agent: false, endsAtContainer: true },
    // As the example's README says: clients that keep connections must repeat requests.
    "kept connections": { origin: () => service, agent: kept, repeats: true, endsAtContainer: true },
    "ready addresses": { origin: takeTurns(ready), agent: false, endsAtContainer: true },
  };
  const started = ways.map((way, index): [Way, Customers] => [
    way,
    sendThrough([routes[way]], { releases, shoppers, firstProduct: 1 + index * shoppers }),
  ]);
  const byWay = (entries: readonly (readonly [Way, Tally])[]) => Object.fromEntries(entries) as Tallies;
  return {
    tallies: () => byWay(started.map(([way, customers]) => [way, customers.tally()])),
    async stop() {
      const ended = started.map(async ([way, customers]) => [way, await customers.stop()] as const);
      const tallies = byWay(await Promise.all(ended));
      kept.destroy();
      return tallies;
    },
  };
}

/** Returns one address after the other. */
function takeTurns(addresses: () => readonly string[]): () => string | undefined {
  let turn = 0;
  return () => {
    const all = addresses();
    return all[turn++ % all.length];
  };
}
