import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import type { HealthView } from "./body.ts";
import type { ListenAddress } from "./listen.ts";
import { answer } from "./routes.ts";

export interface HealthServer {
  /** Where it listens: the port that the kernel chose, where 0 was asked for. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves the health endpoint. Rejects with a Failure (78) where it cannot listen. */
export async function serveHealth({ host, port }: ListenAddress, view: () => HealthView): Promise<HealthServer> {
  const server = createServer(
    { maxHeaderSize: 8192, requestTimeout: 5000, headersTimeout: 5000 },
    (request, response) => {
      const { status, headers, body } = answer({ method: request.method ?? "", target: request.url ?? "" }, view());
      request.resume();
      response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
      response.end(request.method === "HEAD" ? undefined : body);
    },
  );
  server.maxConnections = 4096;

  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen({ host, port }, error)));
    server.listen({ host, port }, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function cannotListen({ host, port }: ListenAddress, error: NodeJS.ErrnoException): Failure {
  const where = `${host}:${port}`;
  const cause =
    error.code === "EADDRINUSE"
      ? "the port is in use. Set health.listen (or SEAWORTHY_HEALTH_LISTEN) to a free one"
      : error.code === "EACCES"
        ? "permission denied. Set health.listen to a port above 1023"
        : `${messageOf(error)}. Check health.listen`;
  return new Failure(ExitCode.configuration, `cannot serve health on ${where}: ${cause}.`, { cause: error });
}
