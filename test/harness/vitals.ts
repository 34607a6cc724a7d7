import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { askHealth } from "./health.ts";

/** What a process takes of the machine. */
export interface Resources {
  /** Private memory that was written to, in kB: what the process adds to the host. */
  readonly privateKb: number;
  readonly rssKb: number;
  readonly sockets: number;
  readonly descriptors: number;
}

export function readResources(pid: number): Resources {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1]);
  const descriptors = readdirSync(`/proc/${pid}/fd`);
  return {
    privateKb: read("Private_Dirty"),
    rssKb: read("Rss"),
    sockets: descriptors.filter((name) => linkOf(`/proc/${pid}/fd/${name}`).startsWith("socket:")).length,
    descriptors: descriptors.length,
  };
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** Asks for health every 20 ms, from the moment on. `mayBeRefused`: a connection that is reset is no failure. */
export interface Pulse {
  /** How long the answers took so far, in milliseconds, and forgets them. */
  readonly take: () => {
    readonly asked: number;
    readonly medianMs: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  };
  /** Rejects where a question was not answered, or not with a valid document. */
  readonly stop: () => Promise<void>;
}

export function startPulse(base: string, { everyMs = 20, mayBeRefused = false } = {}): Pulse {
  let times: number[] = [];
  const stopping = new AbortController();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      const began = performance.now();
      const answer = await askHealth(base).catch((error: NodeJS.ErrnoException) => {
        if (!mayBeRefused || error.code === undefined) throw error;
      });
      if (answer === undefined) continue;
      times.push(performance.now() - began);
      await delay(everyMs);
    }
  };
  const running = loop();
  running.catch(() => {});
  return {
    take() {
      const sorted = times.toSorted((a, b) => a - b);
      times = [];
      const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
      return { asked: sorted.length, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
    },
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}
