import { setTimeout as sleep } from "node:timers/promises";
import { get } from "./ask.ts";

/** Keeps sending requests to an instance, as its users and its orchestrator do. */
export interface Vigil {
  /** Stops. Returns the number of 200 answers, and the other answers. */
  readonly end: () => Promise<{ readonly good: number; readonly bad: readonly string[] }>;
}

const everyMs = 25;

export function keepVigil(urls: readonly string[], signal: AbortSignal): Vigil {
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  let good = 0;
  const bad: string[] = [];
  const asking = (async () => {
    while (!either.aborted) {
      for (const url of urls) {
        // The signal must not cut off a running request. It only prevents the next one.
        const answer = await get(url, new AbortController().signal);
        if (answer?.status === 200) good++;
        else bad.push(`${new URL(url).pathname} → ${answer?.status ?? "no answer"}`);
      }
      await sleep(everyMs, undefined, { signal: either }).catch(() => {});
    }
  })();
  return {
    async end() {
      ending.abort();
      await asking;
      return { good, bad };
    },
  };
}
