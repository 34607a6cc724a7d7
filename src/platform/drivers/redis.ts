import { connect as connectPlain, type Socket } from "node:net";
import { UnreachableError } from "../../kernel/database.ts";
import { messageOf } from "../../kernel/failure.ts";
import { bracket } from "../../urls/describe.ts";
import { readUrl } from "../../urls/read.ts";
import type { Tls } from "../../urls/tls.ts";
import { ForeignServerError, foreignServerFix, nameServer } from "./foreign-answer.ts";
import { explainNetwork } from "./network-errors.ts";
import { isNoTls, tlsOptions } from "./tls.ts";

/** The answer to INFO server is about a kilobyte. */
const answerLimit = 65_536;

/**
 * Asks a Redis or Valkey for its version: AUTH if the URL has a password, then INFO server. These two commands of the
 * protocol (https://redis.io/docs/latest/develop/reference/protocol-spec/) need less code than any client library.
 */
export async function askRedisVersion(
  url: string,
  signal: AbortSignal,
): Promise<{ readonly version: string; readonly product?: string }> {
  const read = readUrl(url);
  if (!("address" in read) || read.address.engine !== "redis") {
    const cause = "refusal" in read ? read.refusal : "it does not lead to Redis";
    throw new UnreachableError(`cannot use the URL of the server: ${cause}.`, { transient: false, cause: undefined });
  }
  const { host, port = 6379, user, password, tls } = read.address;
  const where = `Redis at ${bracket(host)}:${port}`;
  const fail = (cause: string, transient: boolean, error?: unknown) =>
    new UnreachableError(`cannot reach ${where}: ${cause}`, { transient, cause: error });
  const login = password ? [["AUTH", ...(user === undefined ? [] : [user]), password]] : [];
  try {
    const socket = await open(host, port, tls);
    const answer = await converse(socket, [...login, ["INFO", "server"]], signal);
    const refused = /^-(.*)$/m.exec(answer)?.[1];
    if (refused !== undefined) throw fail(`it answered: ${refused.trim()}`, false);
    return versionOf(answer);
  } catch (error) {
    if (error instanceof UnreachableError) throw error;
    const cause = signal.aborted ? "no answer in time" : explain(error, host);
    throw fail(cause, !(error instanceof ForeignServerError), error);
  }
}

function explain(error: unknown, host: string): string {
  if (error instanceof ForeignServerError) return `${error.message}. ${foreignServerFix}`;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = explainNetwork(code, host);
  if (known !== undefined) return `${known.cause}. ${known.fix}`;
  if (isNoTls(messageOf(error)))
    return "the server there does not speak TLS. Check the port, or write redis:// or valkey://";
  return messageOf(error);
}

/** Products related to Redis report a compatible Redis version, and add their own version. */
function versionOf(answer: string): { readonly version: string; readonly product?: string } {
  const field = (name: string) => new RegExp(`^${name}:(.*)$`, "m").exec(answer)?.[1]?.trim();
  const [name = "", version] =
    ["valkey", "dragonfly", "redis"].map((name) => [name, field(`${name}_version`)]).find(([, found]) => found) ?? [];
  if (version === undefined) return { version: "" };
  const number = name === "dragonfly" ? version.replace(/^df-/, "") : version;
  return { version: number, product: `${field("server_name") === "keydb" ? "keydb" : name} ${number}` };
}

async function open(host: string, port: number, tls: Tls | undefined): Promise<Socket> {
  if (tls === undefined) return connectPlain({ host, port });
  const { connect } = await import("node:tls");
  return connect({ ...(await tlsOptions(tls, host)), port });
}

/** Sends the commands and returns everything up to the end of the last answer, INFO's or an error. */
function converse(socket: Socket, commands: readonly (readonly string[])[], signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = "";
  const stop = () => reject(new Error("aborted"));
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  // Answer lengths are in bytes. In Latin-1 each is one character.
  socket.setEncoding("latin1");
  socket.on("error", reject);
  socket.once("close", () => {
    reject(new Error("the connection was closed without an answer. Check that Redis listens there"));
  });
  socket.once("data", (text: string) => {
    const looksLike = nameServer(Buffer.from(text, "latin1"));
    if (looksLike !== undefined && looksLike !== "Redis") reject(new ForeignServerError("Redis", looksLike));
  });
  socket.on("data", (text: string) => {
    received += text;
    const bulk = /\$(\d+)\r\n/.exec(received);
    const complete = bulk !== null && received.length >= bulk.index + bulk[0].length + Number(bulk[1]);
    if (complete || /^-.*\r\n/m.test(received)) resolve(received);
    else if (received.length > answerLimit) reject(new Error("its answer is not Redis's protocol"));
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
