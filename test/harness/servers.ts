import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killTree, treeOf, type ProcessEntry } from "./proc.ts";

/** The running servers of this process, with their folders. */
const running = new Map<ChildProcess, string>();
process.on("exit", () => {
  for (const folder of new Set(running.values())) discard(folder);
});

/** Calls `start` with a new folder that every user can read. If it fails, kills its servers and removes the folder. */
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
 * Starts a server that keeps its data in `folder`. The server ends with this process and does not keep it alive. So a test
 * file that fails without stopping its server still ends and leaves nothing behind.
 */
export function spawnServer(
  folder: string,
  [file = "", ...parameters]: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  // A new process group: Ctrl-C must not reach the server. The test run stops it in order.
  const server = spawn(file, parameters, { stdio: "ignore", detached: true, ...options });
  server.unref();
  for (const stream of [server.stdout, server.stderr]) (stream as Socket | null)?.unref();
  running.set(server, folder);
  return server;
}

/** Ends the server with this signal, and waits for its end. Keeps its folder. */
export async function endServer(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!hasEnded(server)) {
    server.ref();
    const exited = once(server, "exit");
    // A frozen server must continue before it can stop.
    server.kill("SIGCONT");
    server.kill(signal);
    await exited;
  }
  running.delete(server);
}

/** Kills the servers of the folder, and removes it. */
export function discard(folder: string): void {
  for (const [server, itsFolder] of running) {
    if (itsFolder !== folder) continue;
    if (server.pid !== undefined && !hasEnded(server)) killTree(server.pid);
    running.delete(server);
  }
  // A process that was just killed may still be writing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 });
}

/** The processes of all running servers. They do not count as leaks. */
export function serverProcesses(): readonly ProcessEntry[] {
  return [...running.keys()].flatMap((server) => (server.pid === undefined ? [] : treeOf(server.pid)));
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
