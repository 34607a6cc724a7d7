import { chmodSync, unlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import type { HealthView } from "./body.ts";
import { serveConnection } from "./connection.ts";
import { keepConnections } from "./connections.ts";
import { describeAddress, type ListenAddress } from "./listen.ts";
import type { RequestHead } from "./request.ts";
import { createSerialiser } from "./serialise.ts";
import { createAnswerer, headersFor, pathOf, refuseMethod, type Answerer, type HealthResponse } from "./routes.ts";

export interface HealthServerOptions {
  readonly address: ListenAddress;
  /** Which clients see details. */
  readonly details: "always" | "loopback" | "never";
  /** Read at every request. */
  readonly view: () => HealthView;
  /** Called with errors of requests and connections. */
  readonly onError: (message: string) => void;
}

/** How many connections may wait to be accepted, so that a burst is not refused. */
const backlog = 4096;

/**
 * Serves the health endpoint. Returns its URL. Rejects with a Failure (78) if it cannot listen. It does not use node:http,
 * which reads all bodies, pipelined requests and headers into memory, and which every container would have to load.
 */
export async function serveHealth(options: HealthServerOptions): Promise<string> {
  const { address, onError } = options;
  const connections = keepConnections();
  const [answer, serialise] = [createAnswerer(), createSerialiser()];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const { remoteAddress } = socket;
    const answerFrom = (request: RequestHead) => respond(request, remoteAddress, { ...options, answer });
    connections.add(serveConnection(socket, { answer: answerFrom, serialise }));
  });
  server.maxConnections = connections.most;
  if ("path" in address) await removeStaleSocket(address.path);

  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => reject(cannotListen(address, error));
    server.once("error", refuse);
    server.listen({ ...address, backlog }, () => {
      server.off("error", refuse);
      resolve();
    });
  });
  // accept() fails if there are no free descriptors. PID 1 continues: the next probe may find one.
  server.on("error", (error) => onError(`cannot accept a connection: ${error.message}`));
  // The probe may run as a different user.
  if ("path" in address) chmodSync(address.path, 0o666);
  if ("path" in address) return describeAddress(address);
  const bound = server.address();
  return describeAddress({ ...address, port: typeof bound === "object" && bound !== null ? bound.port : address.port });
}

/** Answers at once without I/O, except that the first scrape loads the metrics library. */
function respond(
  { method, target, ifNoneMatch }: RequestHead,
  remoteAddress: string | undefined,
  { details, view, onError, answer }: HealthServerOptions & { readonly answer: Answerer },
): HealthResponse | Promise<HealthResponse> {
  const detailed = details === "always" || (details === "loopback" && isLoopback(remoteAddress));
  const failed = (error: unknown): HealthResponse => {
    onError(`internal error: cannot answer a request: ${messageOf(error)}`);
    return { status: 500, headers: headersFor("text/plain; charset=utf-8"), body: "internal error\n" };
  };
  try {
    const isScrape = detailed && pathOf(target) === "/metrics" && refuseMethod(method) === undefined;
    return isScrape ? scrape(view()).catch(failed) : answer({ method, target, ifNoneMatch, detailed }, view());
  } catch (error) {
    return failed(error);
  }
}

/** The library is loaded at the first scrape. */
async function scrape(view: HealthView): Promise<HealthResponse> {
  const { renderMetrics } = await import("./metrics.ts");
  const { contentType, body } = await renderMetrics(view, Date.now());
  return { status: 200, headers: headersFor(contentType), body };
}

/** Clients of a unix socket have no address. They are always on this machine. */
function isLoopback(address: string | undefined): boolean {
  return address === undefined || address === "::1" || /^(::ffff:)?127\./.test(address);
}

/** Removes the socket of a killed supervisor. Keeps the socket if a server still answers. */
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
    // There is no socket, or listen() will report a clearer error.
  }
}

function cannotListen(address: ListenAddress, error: NodeJS.ErrnoException): Failure {
  const where = "path" in address ? address.path : `${address.host}:${address.port}`;
  const cause =
    error.code === "EADDRINUSE"
      ? "it is in use. Set health.listen (or SEAWORTHY_HEALTH_LISTEN) to a free one"
      : error.code === "EMFILE"
        ? "too many files are open (EMFILE). Raise the container's limit of open files (ulimit -n)"
        : error.code === "EACCES"
          ? "permission denied. Set health.listen to a port above 1023, or to a writable folder"
          : `${messageOf(error)}. Check health.listen`;
  return new Failure(ExitCode.configuration, `cannot serve health on ${where}: ${cause}.`, { cause: error });
}
