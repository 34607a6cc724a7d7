import { chmodSync, unlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import type { HealthView } from "./body.ts";
import { serveConnection } from "./connection.ts";
import { keepConnections } from "./connections.ts";
import { describeAddress, type ListenAddress } from "./listen.ts";
import type { RequestHead } from "./request.ts";
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

/** Connections that wait to be accepted: a burst of them is not refused. */
const backlog = 4096;

/**
 * Serves the health endpoint and gives its URL. Rejects with a Failure (78) where it cannot listen. Not on node:http: that
 * reads bodies, pipelines and headers of any kind into memory, and costs every container its loading.
 */
export async function serveHealth(options: HealthServerOptions): Promise<string> {
  const { address, onError } = options;
  const connections = keepConnections();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    connections.add(serveConnection(socket, { answer: (request) => respond(request, socket.remoteAddress, options) })),
  );
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
  // Out of descriptors, accept() fails: the next probe may find one again, and PID 1 goes on.
  server.on("error", (error) => onError(`cannot accept a connection: ${error.message}`));
  // The probe may run as another user than the supervisor.
  if ("path" in address) chmodSync(address.path, 0o666);
  if ("path" in address) return describeAddress(address);
  const bound = server.address();
  return describeAddress({ ...address, port: typeof bound === "object" && bound !== null ? bound.port : address.port });
}

/** At once, but for the first scrape of the metrics: an answer does no I/O. */
function respond(
  { method, target, ifNoneMatch }: RequestHead,
  remoteAddress: string | undefined,
  { details, view, onError }: HealthServerOptions,
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

/** Over a unix socket there is no address: who can open it is on this machine. */
function isLoopback(address: string | undefined): boolean {
  return address === undefined || address === "::1" || /^(::ffff:)?127\./.test(address);
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
      : error.code === "EMFILE"
        ? "too many files are open (EMFILE). Raise the container's limit of open files (ulimit -n)"
        : error.code === "EACCES"
          ? "permission denied. Set health.listen to a port above 1023, or a folder that can be written to"
          : `${messageOf(error)}. Check health.listen`;
  return new Failure(ExitCode.configuration, `cannot serve health on ${where}: ${cause}.`, { cause: error });
}
