import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { treeOf } from "../../harness/proc.ts";
import { launch, reportPath, type Launched } from "../launch.ts";
import { inPath } from "../peers.ts";
import type { Shop } from "../shop.ts";
import { childrenOf, cpuTimeOf } from "./processes.ts";
import type { Peer } from "./peers.ts";

/** A peer as PID 1 that runs the test app. Both are idle. */
export interface Container extends Launched {
  /** The pids of PID 1 and the app, seen from outside. */
  readonly pid1: number;
  readonly app: number;
}

const appFile = join(import.meta.dirname, "app.py");
/** Prefer the system's Python: a version manager's `python3` in PATH may be a script. */
const python = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : inPath("python3");

export const withoutPython = python === undefined ? "python3 is not installed: apt-get install -y python3" : undefined;

/** Starts a peer, calls `live`, and ends all its processes afterwards, also after an error. */
export async function inContainer<T>(
  { folder, environment, newFolder }: Shop,
  peer: Peer,
  command: (report: string) => string,
  live: (launched: Launched) => Promise<T>,
): Promise<T> {
  const life = newFolder();
  const file = join(life, "command");
  writeFileSync(file, `#!/bin/sh\nexec ${command(reportPath(life))}\n`);
  chmodSync(file, 0o755);
  const argv = peer.prepare(file, life);
  const launched = launch(argv, {
    folder: life,
    workingDirectory: folder,
    environment: { ...environment, ...peer.environment?.(life) },
    asPid1: true,
  });
  try {
    return await live(launched);
  } finally {
    for (const pid of childrenOf(launched.pid)) kill(pid);
    await launched.ended;
    launched.close();
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // The process ended in the meantime.
  }
}

/** Like `inContainer`, with the test app. Calls `live` once everything has started and is idle. */
export function withApp<T>(shop: Shop, peer: Peer, live: (container: Container) => Promise<T>): Promise<T> {
  const command = (report: string) => `${python} -IS ${appFile} ${report}`;
  return inContainer(shop, peer, command, async (launched) => {
    await launched.next("ready");
    const [pid1] = childrenOf(launched.pid);
    if (pid1 === undefined) throw launched.failure("ended after the app's start");
    if (peer.healthUrl !== undefined) await waitUntilHealthy(peer.healthUrl, launched);
    const app = treeOf(pid1).find(({ commandLine }) => commandLine.includes(appFile))?.pid;
    if (app === undefined) throw launched.failure("the app ended after its start");
    const container = { ...launched, pid1, app };
    await waitUntilIdle(container);
    return live(container);
  });
}

const limitMs = 30_000;

async function waitUntilHealthy(url: string, { ended, failure }: Launched): Promise<void> {
  const healthy = async (): Promise<true> => {
    for (const deadline = Date.now() + limitMs; Date.now() < deadline;) {
      const response = await fetch(url, { headers: { connection: "close" } }).catch(() => undefined);
      await response?.bytes();
      if (response?.ok) return true;
      await delay(20);
    }
    throw failure(`${url} did not become healthy`);
  };
  if ((await Promise.race([healthy(), ended])) !== true) throw failure(`ended before ${url} was healthy`);
}

/** Waits until it used less than 1 % of a CPU for 0.2 s. */
export async function waitUntilIdle({ pid1, failure }: Container): Promise<void> {
  const deadline = Date.now() + limitMs;
  for (let before = cpuTimeOf(pid1); Date.now() < deadline;) {
    await delay(200);
    const now = cpuTimeOf(pid1);
    if (now - before < 2) return;
    before = now;
  }
  throw failure("did not become idle");
}
