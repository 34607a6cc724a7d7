import { existsSync } from "node:fs";
import { connect, type NetConnectOpts } from "node:net";
import { resolve as resolvePath } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseHostPort } from "../../kernel/host-port.ts";
import { spawnExactly } from "./launch.ts";

/** How to tell that a process is ready. Only the first one that is set counts. */
export interface ReadinessCheck {
  /** host:port that accepts a connection. */
  readonly tcp?: string;
  /** URL that answers with 200 to 399. */
  readonly http?: string;
  /** Path of a unix socket that accepts a connection. */
  readonly socket?: string;
  /** Path of a file that exists. */
  readonly file?: string;
  /** Command that exits with 0. */
  readonly command?: readonly string[];
}

export interface ReadinessContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The process's own. Relative paths start there. */
  readonly workingDirectory: string;
  /** Called for every process that a check starts. */
  readonly onSpawn: (pid: number, ended: Promise<unknown>) => void;
  /** Wraps the start of a command, like the start of the process. Default: no wrapper. */
  readonly begin?: (<T>(spawn: () => T) => T) | undefined;
}

const intervalMs = 200;
/** The limit of one attempt. */
const attemptMs = 2000;

/** Asks until the process is ready. Rejects at the timeout, or when `signal` aborts. */
export async function waitUntilReady(
  check: ReadinessCheck & { readonly timeoutSeconds: number },
  context: ReadinessContext,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + check.timeoutSeconds * 1000;
  while (!(await isReady(check, context, signal))) {
    signal.throwIfAborted();
    if (Date.now() >= deadline) throw new Error(`${describeCheck(check)} within ${check.timeoutSeconds} s`);
    await sleep(intervalMs, undefined, { signal });
  }
}

/** Asks once. Undefined if the process is ready, else the reason why not. */
export async function askReadiness(check: ReadinessCheck, context: ReadinessContext): Promise<string | undefined> {
  return (await isReady(check, context, AbortSignal.timeout(attemptMs))) ? undefined : describeCheck(check);
}

function isReady(check: ReadinessCheck, context: ReadinessContext, signal: AbortSignal): Promise<boolean> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(attemptMs)]);
  if (check.tcp !== undefined) return accepts(addressOf(check.tcp), within);
  const pathOf = (file: string) => resolvePath(context.workingDirectory, file);
  if (check.socket !== undefined) return accepts({ path: pathOf(check.socket) }, within);
  if (check.http !== undefined) return answers(check.http, within);
  if (check.command !== undefined) return succeeds(check.command, context, within);
  return Promise.resolve(check.file === undefined || existsSync(pathOf(check.file)));
}

function describeCheck({ tcp, http, socket, file, command }: ReadinessCheck): string {
  if (tcp !== undefined) return `nothing accepted a connection on ${tcp}`;
  if (socket !== undefined) return `nothing accepted a connection on ${socket}`;
  if (http !== undefined) return `${http} did not answer with 200 to 399`;
  return command === undefined ? `the file ${file} did not appear` : `the command ${command[0]} did not exit with 0`;
}

function addressOf(tcp: string): NetConnectOpts {
  const { host, port } = parseHostPort(tcp);
  return { host: host || "127.0.0.1", port };
}

function accepts(address: NetConnectOpts, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const finish = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.once("connect", () => finish(true));
    socket.once("error", () => finish(false));
    signal.addEventListener("abort", () => finish(false));
  });
}

async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  const { get } = await import("node:http");
  return new Promise((resolve) => {
    const request = get(url, { signal, agent: false }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) >= 200 && (response.statusCode ?? 500) < 400);
    });
    request.once("error", () => resolve(false));
  });
}

function succeeds(command: readonly string[], context: ReadinessContext, signal: AbortSignal): Promise<boolean> {
  const { environment, workingDirectory, begin = (spawn) => spawn() } = context;
  const plan = { command, environment, workingDirectory };
  const { child } = begin(() => spawnExactly(plan, { stdio: "ignore", signal, killSignal: "SIGKILL" }));
  const result = new Promise<boolean>((resolve) => {
    child.once("error", () => child.pid === undefined && resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
  if (child.pid !== undefined) context.onSpawn(child.pid, result);
  return result;
}
