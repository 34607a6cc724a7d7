import { connect } from "node:net";
import { describeAddress, type ListenAddress } from "./listen.ts";

export interface ProbeResult {
  readonly healthy: boolean;
  /** Text for people: the answer's body, or the reason why there is none. */
  readonly text: string;
}

/** Docker keeps 4096 bytes of a probe's output. */
const outputLimit = 4000;
const receivedLimit = 4_194_304;

/** Asks the running seaworthy over a plain socket: an HTTP client would double the cost of every probe. */
export function probe(address: ListenAddress, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(address);
    const timer = setTimeout(() => unhealthy(`timed out after ${timeoutMs} ms`), timeoutMs);
    const finish = (result: ProbeResult) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const unhealthy = (reason: string) =>
      finish({ healthy: false, text: `no answer from ${describeAddress(address)}/health: ${reason}` });
    socket.on("error", (error: NodeJS.ErrnoException) =>
      unhealthy(
        error.code === "ECONNREFUSED" || error.code === "ENOENT"
          ? "nothing is listening there. Is seaworthy running the container?"
          : error.message,
      ),
    );
    socket.on("connect", () => socket.write("GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n"));
    socket.on("data", (chunk) => {
      received += chunk.toString("utf8");
      // Another program that listens there may send without end.
      if (received.length > receivedLimit) unhealthy("the answer is too long to be seaworthy's");
    });
    socket.on("end", () => {
      const [head = "", ...body] = received.split("\r\n\r\n");
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
      if (status === undefined) return unhealthy("the answer is not HTTP");
      finish({ healthy: status === "200", text: body.join("\r\n\r\n").slice(0, outputLimit).trim() });
    });
  });
}
