import { chmodSync, existsSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database, RunningDatabase, ServerAddress } from "./databases.ts";
import { makeImages } from "./images.ts";
import type { Seen } from "./observe.ts";
import { openStage, type Stage } from "./stage.ts";
import { leftBehind } from "./traces.ts";

/** Everything that the story creates on this machine: a folder, a database in it, and a stage with processes. */
export interface World {
  readonly database: Database;
  /** Starts the database and opens the stage. `address` is host and port, or a file: to show to people. */
  readonly open: () => Promise<{ readonly stage: Stage; readonly address: string }>;
  /** Removes everything, at whatever point the story is, and checks that it is gone. */
  readonly clear: () => Promise<readonly Seen[]>;
}

/** How long a process may take to end before it is killed. */
const graceMs = 5000;

export function createWorld(database: Database, signal: AbortSignal): World {
  const folder = mkdtempSync(join(tmpdir(), "seaworthy-story-"));
  // If we are root, the server runs as another user, who needs access to the folder.
  chmodSync(folder, 0o755);
  process.env["TMPDIR"] = folder;
  let running: RunningDatabase | undefined;
  let stage: Stage | undefined;
  return {
    database,
    async open() {
      // Do not interrupt this: only a started server can be stopped.
      running = await database.start(folder);
      signal.throwIfAborted();
      stage = openStage({ images: makeImages(database, folder), databaseUrl: running.url, folder, signal });
      return { stage, address: addressOf(running.url) };
    },
    async clear() {
      await stage?.clear();
      await Promise.race([running?.stop().catch(() => {}), sleep(graceMs, undefined, { ref: false })]);
      const killed = await endWhatIsLeft(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
      const server = running?.server;
      return [seeProcesses(killed), ...(server ? [await seeServer(database.title, server)] : []), seeFolder(folder)];
    },
  };
}

function addressOf(url: string): string {
  const { host, pathname } = new URL(url);
  return host === "" ? decodeURIComponent(pathname) : host;
}

/** Kills processes that do not end by themselves. Returns their names. */
async function endWhatIsLeft(folder: string): Promise<readonly string[]> {
  const deadline = performance.now() + graceMs;
  while (leftBehind(folder).length > 0 && performance.now() < deadline) await sleep(10);
  return leftBehind(folder).flatMap(({ pid, name }) => (kill(pid) ? [`${name} (${pid})`] : []));
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
    return false;
  }
}

function seeProcesses(killed: readonly string[]): Seen {
  const asked = "processes of this story in /proc";
  if (killed.length === 0) return { asked, answered: "none" };
  return { asked, answered: `${killed.join(", ")}: killed now`, expected: "none" };
}

async function seeServer(title: string, { hostname, port }: ServerAddress): Promise<Seen> {
  const refused = await new Promise<boolean>((resolve) => {
    const socket = connect(port, hostname);
    socket.on("error", () => resolve(true));
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
  });
  const asked = `connection to ${title} on ${hostname}:${port}`;
  return refused ? { asked, answered: "refused" } : { asked, answered: "accepted", expected: "refused" };
}

function seeFolder(folder: string): Seen {
  const asked = `temporary folder ${folder}`;
  return existsSync(folder) ? { asked, answered: "still there", expected: "removed" } : { asked, answered: "removed" };
}
