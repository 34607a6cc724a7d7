import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { askHealth } from "./health.ts";

/** The resources that a process uses. */
export interface Resources {
  /** Private dirty memory in kB: the memory that the process adds to the host. */
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

/** Asks for health every 20 ms from now on. `mayBeRefused`: a reset connection is not a failure. */
export interface Pulse {
  /** Returns the durations of the answers in milliseconds, and clears them. */
  readonly take: () => {
    readonly asked: number;
    readonly medianMs: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  };
  /** Rejects if an answer was missing or invalid. */
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
