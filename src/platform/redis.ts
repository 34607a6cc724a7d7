import { connect as connectPlain, isIP, type Socket } from "node:net";
import { UnreachableError } from "../kernel/database.ts";
import { messageOf } from "../kernel/failure.ts";

/** INFO server is about a kilobyte. */
const answerLimit = 65_536;

/**
 * Asks a Redis or Valkey for its version: AUTH where the URL has a password, then INFO server. Two commands of the
 * protocol (https://redis.io/docs/latest/develop/reference/protocol-spec/) are less than any client library.
 */
export async function askRedisVersion(url: string, signal: AbortSignal): Promise<string> {
  const { hostname, port, protocol, username, password } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, "$1") || "127.0.0.1";
  const where = `Redis at ${host}:${port || "6379"}`;
  const fail = (cause: string, transient: boolean, error?: unknown) =>
    new UnreachableError(`cannot reach ${where}: ${cause}`, { transient, cause: error });
  const login =
    password === ""
      ? []
      : [["AUTH", ...(username === "" ? [] : [decodeURIComponent(username)]), decodeURIComponent(password)]];
  try {
    const socket = await open(protocol === "rediss:" || protocol === "valkeys:", host, Number(port || 6379));
    const answer = await converse(socket, [...login, ["INFO", "server"]], signal);
    const refused = /^-(.*)$/m.exec(answer)?.[1];
    if (refused !== undefined) throw fail(`it answered: ${refused.trim()}`, false);
    return (
      /^valkey_version:(.*)$/m.exec(answer)?.[1]?.trim() ?? /^redis_version:(.*)$/m.exec(answer)?.[1]?.trim() ?? ""
    );
  } catch (error) {
    if (error instanceof UnreachableError) throw error;
    throw fail(signal.aborted ? "no answer in time" : messageOf(error), true, error);
  }
}

async function open(secure: boolean, host: string, port: number): Promise<Socket> {
  if (!secure) return connectPlain({ host, port });
  const { connect } = await import("node:tls");
  // A certificate is checked against the address, too; the name that the client announces must not be one (RFC 6066).
  return connect({ host, port, ...(isIP(host) === 0 && { servername: host }) });
}

/** Sends the commands and gives everything up to the end of the last answer: INFO's, or an error. */
function converse(socket: Socket, commands: readonly (readonly string[])[], signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = "";
  const stop = () => reject(new Error("aborted"));
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  // The length of an answer is in bytes: one character each.
  socket.setEncoding("latin1");
  socket.on("error", reject);
  socket.once("close", () => reject(new Error("the connection was closed")));
  socket.on("data", (text: string) => {
    received += text;
    const bulk = /\$(\d+)\r\n/.exec(received);
    const complete = bulk !== null && received.length >= bulk.index + bulk[0].length + Number(bulk[1]);
    if (complete || /^-.*\r\n/m.test(received)) resolve(received);
    else if (received.length > answerLimit) reject(new Error("its answer is none of Redis"));
  });
  socket.write(commands.map(encode).join(""));
  return promise.finally(() => {
    signal.removeEventListener("abort", stop);
    socket.destroy();
  });
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}
