import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killTree, treeOf, type ProcessEntry } from "./proc.ts";

/** The servers of this process that have not been stopped, with their folders. */
const running = new Map<ChildProcess, string>();
process.on("exit", () => {
  for (const folder of new Set(running.values())) discard(folder);
});

/** Gives `start` a new folder that every user can read. If `start` fails, its servers are killed and the folder goes. */
export async function startInFolder<T>(name: string, start: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `seaworthy-${name}-`));
  try {
    chmodSync(folder, 0o755);
    return await start(folder);
  } catch (error) {
    discard(folder);
    throw error;
  }
}

/**
 * Starts a server that keeps its data in `folder`. The server ends with this process and does not keep it alive, so a test
 * file whose server is never stopped, because something else failed first, still ends and leaves nothing behind.
 */
export function spawnServer(
  folder: string,
  [file = "", ...parameters]: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  // A group of its own: Ctrl-C is for whoever started us, who then stops the server in order.
  const server = spawn(file, parameters, { stdio: "ignore", detached: true, ...options });
  server.unref();
  for (const stream of [server.stdout, server.stderr]) (stream as Socket | null)?.unref();
  running.set(server, folder);
  return server;
}

/** Ends the server with this signal, and waits until it has ended. Its folder stays. */
export async function endServer(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!hasEnded(server)) {
    server.ref();
    const exited = once(server, "exit");
    // A frozen server stops only once it may run again.
    server.kill("SIGCONT");
    server.kill(signal);
    await exited;
  }
  running.delete(server);
}

/** Kills what still runs in the folder, and removes it. */
export function discard(folder: string): void {
  for (const [server, its] of running) {
    if (its !== folder) continue;
    if (server.pid !== undefined && !hasEnded(server)) killTree(server.pid);
    running.delete(server);
  }
  // A process that was just killed may still be writing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 });
}

/** The servers that still run, with what they started: a test that looks for leaks leaves them out. */
export function serverProcesses(): readonly ProcessEntry[] {
  return [...running.keys()].flatMap((server) => (server.pid === undefined ? [] : treeOf(server.pid)));
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
