import { readFileSync } from "node:fs";
import type { Socket } from "node:net";

/** What the endpoint may take of the container. A probe is one short request: hundreds at once are none of them. */
const mostConnections = 512;

/**
 * Keeps the newest connections: where there are too many, the oldest is closed. Whoever opens thousands and says
 * nothing then keeps nobody out, and a probe, which has its answer in a millisecond, is never the oldest.
 */
export function limitConnections(most = defaultMost()): (socket: Socket) => void {
  const open = new Set<Socket>();
  return (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    const [oldest] = open;
    if (open.size <= most || oldest === undefined) return;
    open.delete(oldest);
    // Neither a goodbye nor the pause of TIME_WAIT: whoever holds so many is not waiting for either.
    oldest.resetAndDestroy();
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
