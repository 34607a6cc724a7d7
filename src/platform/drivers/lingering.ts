import type { Socket } from "node:net";

/** In connections. A look every half second at a server that freezes for seconds needs fewer. */
const most = 8;

/** Keeps a connection to a server that does not answer, so that it can end properly when the server resumes. */
export type LetLinger = (socket: Socket) => void;

/**
 * For all connections of one process to a server. If too many wait, the oldest is cut: otherwise each look at a silent
 * server would leak a connection.
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
