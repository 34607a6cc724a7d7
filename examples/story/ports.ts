import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Finds a free port. It is below the range that Linux uses for outgoing connections. Otherwise, such a connection could take
 * the port before the app listens.
 */
export async function findPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
