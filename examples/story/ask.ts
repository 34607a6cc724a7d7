import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One GET on a connection of its own; undefined where nobody answers. Rejects only when the signal is aborted. */
export async function get(url: string, signal: AbortSignal): Promise<Answer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
  const asking = request(url, { agent: false, timeout: 2000, signal }, (response) => {
    let body = "";
    response.setEncoding("utf8").on("data", (text: string) => (body += text));
    response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    response.on("error", () => resolve(undefined));
  });
  asking.on("timeout", () => asking.destroy());
  asking.on("error", () => resolve(undefined));
  asking.end();
  const answer = await promise;
  signal.throwIfAborted();
  return answer;
}

/** How long an answer may take to become the one that is waited for: far above what it takes on a busy machine. */
const patienceMs = 10_000;

/** Asks until the answer is good, or patience ends: the last answer either way, so that it can be shown. */
export async function askUntil<T>(ask: () => Promise<T>, isGood: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (isGood(answer) || performance.now() > deadline) return answer;
    await sleep(20);
  }
}
