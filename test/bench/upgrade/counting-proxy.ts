import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";

/** A proxy between a tool and its database that counts the executed messages. */
export interface CountingProxy {
  readonly url: string;
  /** The number of executing messages. Each is a round trip, and may have several statements. */
  readonly statements: () => number;
  readonly close: () => Promise<void>;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(target);
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

/** https://www.postgresql.org/docs/current/protocol-message-formats.html: Query and Execute. */
const query = "Q".charCodeAt(0);
const execute = "E".charCodeAt(0);

/** Encryption requests precede the startup message: https://www.postgresql.org/docs/current/protocol-flow.html */
const encryptionRequests = new Set([80_877_103, 80_877_104]);

/** Reads a connection's messages. Each has a type and a length, but the first ones have no type. */
function createCounter(onStatement: () => void): (bytes: Buffer) => void {
  let unread = Buffer.alloc(0);
  let isOpen = false;
  return (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    for (;;) {
      const typeBytes = isOpen ? 1 : 0;
      if (unread.length < typeBytes + 4) return;
      const end = typeBytes + unread.readInt32BE(typeBytes);
      if (unread.length < end) return;
      if (isOpen && (unread[0] === query || unread[0] === execute)) onStatement();
      isOpen ||= !encryptionRequests.has(unread.readInt32BE(4));
      unread = unread.subarray(end);
    }
  };
}
