import type { Socket } from "node:net";

/** In connections. A look every half second at a server that is frozen for seconds has fewer. */
const most = 8;

/** Lets a connection wait for a server that does not answer, so that it can end in order when the server goes on. */
export type LetLinger = (socket: Socket) => void;

/**
 * For all connections of one process to a server. Where too many wait, the oldest is cut: a server that stays silent would
 * otherwise cost a connection's memory a look.
 */
export function createLingering(): LetLinger {
  const waiting = new Set<Socket>();
  return (socket) => {
    socket.unref();
    waiting.add(socket);
    socket.once("close", () => waiting.delete(socket));
    const [oldest] = waiting;
    if (waiting.size <= most || oldest === undefined) return;
    waiting.delete(oldest);
    oldest.destroy();
  };
}
