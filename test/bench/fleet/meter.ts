import { setTimeout as delay } from "node:timers/promises";
import type { AppLoad } from "./app-load.ts";
import type { FleetServer } from "./engines.ts";

/** What the server did in a time, without what the app has caused. */
export interface Reading {
  readonly seconds: number;
  readonly openedPerSecond: number;
  readonly peakOpenedPerSecond: number;
  readonly queriesPerSecond: number;
  readonly mostHeld: number;
  /** The share of one core, in percent. */
  readonly cpuPercent: number;
}

const sampleMs = 200;

/** Reads the server's counters until `isOver`. */
export async function measure(
  server: FleetServer,
  app: AppLoad,
  isOver: (passedMs: number) => boolean,
): Promise<Reading> {
  const read = async () => ({ ...(await server.counters()), app: app.opened(), at: performance.now() });
  const first = await read();
  const samples = [first];
  const cpuBefore = server.cpuMs();
  while (!isOver(performance.now() - first.at)) {
    await delay(sampleMs);
    samples.push(await read());
  }
  const cpuMs = server.cpuMs() - cpuBefore;
  const last = samples.at(-1) ?? first;
  const seconds = (last.at - first.at) / 1000;
  const openedBetween = (from: typeof first, to: typeof first) => to.opened - from.opened - (to.app - from.app);
  const perSecond = samples.flatMap((from, index) => {
    const to = samples[index + 1000 / sampleMs];
    return to === undefined ? [] : [openedBetween(from, to) / ((to.at - from.at) / 1000)];
  });
  return {
    seconds,
    openedPerSecond: openedBetween(first, last) / seconds,
    peakOpenedPerSecond: Math.max(0, ...perSecond),
    queriesPerSecond: (last.queries - first.queries) / seconds,
    mostHeld: Math.max(...samples.map(({ held }) => held)),
    cpuPercent: cpuMs / seconds / 10,
  };
}

/** Takes away what the server does without instances. */
export function without(reading: Reading, base: Reading): Reading {
  return {
    ...reading,
    queriesPerSecond: Math.max(0, reading.queriesPerSecond - base.queriesPerSecond),
    cpuPercent: Math.max(0, reading.cpuPercent - base.cpuPercent),
  };
}
