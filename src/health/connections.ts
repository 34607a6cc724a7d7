import { readFileSync } from "node:fs";
import type { Connection } from "./connection.ts";

/** What the endpoint may take of the container. A probe is one short request: hundreds at once are none of them. */
const mostConnections = 512;
const sweepMs = 250;

export interface Connections {
  readonly add: (connection: Connection) => void;
  /** How many there may be for the moment in which it shows who has something to say. */
  readonly most: number;
}

/**
 * Keeps the newest connections: where there are too many, the oldest are closed. Whoever opens thousands and says
 * nothing then keeps nobody out, and a probe, which has its answer in a millisecond, is never the oldest.
 */
export function keepConnections(most = defaultMost()): Connections {
  const open = new Set<Connection>();
  let timer: NodeJS.Timeout | undefined;
  let crowded = false;
  // Nothing wakes up where nobody is connected.
  // A sweep counts as its interval, however late it is: what arrived while we were suspended, or had no processor, is read before
  // the client is called slow.
  const sweep = () => open.forEach((connection) => connection.endIfSlow(sweepMs));
  const thin = () => {
    crowded = false;
    for (const connection of open) {
      if (open.size <= most) return;
      open.delete(connection);
      // Neither a goodbye nor the pause of TIME_WAIT: whoever holds so many is not waiting for either.
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
      // A burst is accepted at once. What has been sent on it is read in the next turn of the event loop: after that.
      setImmediate(() => setImmediate(thin));
    },
  };
}

/** At most a quarter of the descriptors that this process may have: looks and the app's pipes need theirs. */
function defaultMost(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return Math.max(4, Math.min(mostConnections, Math.floor(Number(limit ?? Infinity) / 4)));
  } catch {
    return mostConnections;
  }
}
