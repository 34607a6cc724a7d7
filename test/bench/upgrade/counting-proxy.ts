import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { createMysqlCounter } from "./count-mysql.ts";
import { createPostgresCounter } from "./count-postgres.ts";

/** A proxy between a tool and its database that counts the executed messages. */
export interface CountingProxy {
  readonly url: string;
  /** The number of executing messages. Each is a round trip, and may have several statements. */
  readonly statements: () => number;
  readonly close: () => Promise<void>;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const { protocol, hostname, port } = new URL(target);
  const createCounter = protocol === "mysql:" ? createMysqlCounter : createPostgresCounter;
  let statements = 0;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const count = createCounter(() => statements++);
    near.on("data", (bytes: Buffer) => count(bytes));
    near.pipe(far).pipe(near);
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    statements: () => statements,
    async close() {
      server.close();
      await once(server, "close");
    },
  };
}
