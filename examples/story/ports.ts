import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port that nobody listens on. It lies below the range from which Linux takes ports for outgoing connections: one of
 * those could otherwise have it by the time that the app wants it.
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
