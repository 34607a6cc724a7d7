import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends one GET on a new connection. Undefined if there is no answer. Rejects only if the signal is aborted. */
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

/** How long to wait for the expected answer. A busy machine needs much less. */
const patienceMs = 10_000;

/** Asks until the answer is good or the time is over. Returns the last answer in both cases, to show it. */
export async function askUntil<T>(ask: () => Promise<T>, isGood: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (isGood(answer) || performance.now() > deadline) return answer;
    await sleep(20);
  }
}
