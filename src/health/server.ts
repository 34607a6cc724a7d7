import { chmodSync, unlinkSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import type { HealthView } from "./body.ts";
import { limitConnections } from "./connections.ts";
import { describeAddress, type ListenAddress } from "./listen.ts";
import { answer, headersFor, pathOf, refuseMethod, type HealthResponse } from "./routes.ts";

export interface HealthServerOptions {
  readonly address: ListenAddress;
  /** Who is told more than the status. */
  readonly details: "always" | "loopback" | "never";
  /** Read at every request. */
  readonly view: () => HealthView;
  /** Told what went wrong with a request, or with the connections. */
  readonly onError: (message: string) => void;
}

/**
 * What the endpoint takes before it closes a connection: a probe is one short request. Whoever opens connections and
 * says nothing, or says it slowly, keeps a socket for two seconds and little memory.
 */
const limits = {
  maxHeaderSize: 4096,
  headersTimeout: 2000,
  requestTimeout: 2000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 500,
  highWaterMark: 8192,
};
/** Connections that wait to be accepted: a burst of them is not refused. */
const backlog = 4096;

/** Serves the health endpoint and gives its URL. Rejects with a Failure (78) where it cannot listen. */
export async function serveHealth(options: HealthServerOptions): Promise<string> {
  const { address, onError } = options;
  const server = createServer(limits, (request, response) => {
    respond(request, response, options).catch((error: unknown) => {
      onError(`internal error: cannot answer a request: ${messageOf(error)}`);
      response.destroy();
    });
  });
  server.on("connection", limitConnections());
  server.on("clientError", refuseMalformed);
  if ("path" in address) await removeStaleSocket(address.path);

  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(address, error)));
    server.listen({ ...address, backlog }, resolve);
  });
  // Out of descriptors, accept() fails: the next probe may find one again, and PID 1 goes on.
  server.on("error", (error) => onError(`cannot accept a connection: ${error.message}`));
  // The probe may run as another user than the supervisor.
  if ("path" in address) chmodSync(address.path, 0o666);
  if ("path" in address) return describeAddress(address);
  const bound = server.address();
  return describeAddress({ ...address, port: typeof bound === "object" && bound !== null ? bound.port : address.port });
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { details, view }: HealthServerOptions,
): Promise<void> {
  const method = request.method ?? "";
  const target = request.url ?? "";
  const detailed = details === "always" || (details === "loopback" && isLoopback(request.socket.remoteAddress));
  const ifNoneMatch = request.headers["if-none-match"];
  const isScrape = detailed && pathOf(target) === "/metrics" && refuseMethod(method) === undefined;
  const { status, headers, body } = isScrape
    ? await scrape(view())
    : answer({ method, target, ifNoneMatch, detailed }, view());
  request.resume();
  const length = status === 304 ? {} : { "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length });
  response.end(method === "HEAD" || status === 304 ? undefined : body);
}

/** The library is loaded at the first scrape. */
async function scrape(view: HealthView): Promise<HealthResponse> {
  const { renderMetrics } = await import("./metrics.ts");
  const { contentType, body } = await renderMetrics(view, Date.now());
  return { status: 200, headers: headersFor(contentType), body };
}

/** Over a unix socket there is no address: who can open it is on this machine. */
function isLoopback(address: string | undefined): boolean {
  return address === undefined || address === "::1" || /^(::ffff:)?127\./.test(address);
}

function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  const status = error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
  if (socket.writable && error.code !== "ECONNRESET")
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.destroySoon();
}

/** A supervisor that was killed leaves its socket behind; one that lives is not robbed of it. */
async function removeStaleSocket(path: string): Promise<void> {
  const isAlive = await new Promise<boolean>((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
  if (isAlive) return;
  try {
    unlinkSync(path);
  } catch {
    // There is none, or listen() says better what is wrong.
  }
}

function cannotListen(address: ListenAddress, error: NodeJS.ErrnoException): Failure {
  const where = "path" in address ? address.path : `${address.host}:${address.port}`;
  const cause =
    error.code === "EADDRINUSE"
      ? "it is in use. Set health.listen (or SEAWORTHY_HEALTH_LISTEN) to a free one"
      : error.code === "EACCES"
        ? "permission denied. Set health.listen to a port above 1023, or a folder that can be written to"
        : `${messageOf(error)}. Check health.listen`;
  return new Failure(ExitCode.configuration, `cannot serve health on ${where}: ${cause}.`, { cause: error });
}
