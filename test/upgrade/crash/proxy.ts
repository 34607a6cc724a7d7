import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A network between an upgrade and its database. It has latency, and its connections can be cut. */
export interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** Breaks the connections whose first bytes contain the text. Returns how many. */
  readonly cut: (text: string) => number;
}

/** Each way. Without latency, interruptions would almost never hit between an answer and the next message. */
const latencyMs = 2;

export async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<{ readonly near: Socket; readonly far: Socket; startup: string }>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const pair = { near, far, startup: "" };
    pairs.add(pair);
    // The startup message carries the application_name in plain text.
    near.once("data", (bytes: Buffer) => (pair.startup = bytes.toString("latin1")));
    forward(near, far);
    forward(far, near);
    near.on("close", () => pairs.delete(pair));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  const cut = (text: string) => {
    const found = [...pairs].filter(({ startup }) => startup.includes(text));
    for (const { near, far } of found) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    return found.length;
  };
  return {
    url: url.href,
    cut,
    async [Symbol.asyncDispose]() {
      cut("");
      server.close();
      await once(server, "close");
    },
  };
}

/** Timers with the same delay fire in order. */
function forward(from: Socket, to: Socket): void {
  const later = (run: () => void) => void setTimeout(run, latencyMs);
  from.setNoDelay(true);
  from.on("data", (bytes) => later(() => to.write(bytes)));
  from.on("error", () => {});
  from.on("close", () => later(() => to.destroy()));
}
