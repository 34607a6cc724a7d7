import { readFileSync } from "node:fs";
import type { Connection } from "./connection.ts";

/** The most connections that the endpoint holds. Probes send one short request, so hundreds at once are not probes. */
const mostConnections = 512;
const sweepMs = 250;

export interface Connections {
  readonly add: (connection: Connection) => void;
  /** The limit for a short moment, until it is known which connections have sent something. */
  readonly most: number;
}

/**
 * Keeps the newest connections. If there are too many, it closes the oldest. A client with thousands of silent connections
 * then blocks no one, and a probe is answered within a millisecond, so it is never the oldest.
 */
export function keepConnections(most = defaultMost()): Connections {
  const open = new Set<Connection>();
  let timer: NodeJS.Timeout | undefined;
  let crowded = false;
  // The timer runs only while there are connections.
  // A late sweep still counts as one interval. If we were suspended or had no CPU, we read the data that has arrived before
  // we treat the client as slow.
  const sweep = () => open.forEach((connection) => connection.endIfSlow(sweepMs));
  const thin = () => {
    crowded = false;
    for (const connection of open) {
      if (open.size <= most) return;
      open.delete(connection);
      // Reset without FIN and TIME_WAIT: a client with so many connections does not wait for an orderly close.
      connection.socket.resetAndDestroy();
    }
  };
  return {
    most: 2 * most,
    add(connection) {
      open.add(connection);
      timer ??= setInterval(sweep, sweepMs);
      connection.socket.once("close", () => {
        open.delete(connection);
        if (open.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      });
      if (open.size <= most || crowded) return;
      crowded = true;
      // A burst is accepted in one turn of the event loop, and its data is read in the next. Close connections after that.
      setImmediate(() => setImmediate(thin));
    },
  };
}

/** At most a quarter of this process's descriptors: looks and the app's pipes need the others. */
function defaultMost(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return Math.max(4, Math.min(mostConnections, Math.floor(Number(limit ?? Infinity) / 4)));
  } catch {
    return mostConnections;
  }
}
