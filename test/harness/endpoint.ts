import type { RunningProgram } from "./program.ts";
import { waitFor } from "./wait.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Waits for the address of the health endpoint. Port 0 takes a free port, which the log names. */
export function endpointOf(program: RunningProgram): Promise<string> {
  return waitFor(
    "the health endpoint",
    () => /serving health on (http:\/\/[^\s"]+)\/health/.exec(program.stderr())?.[1],
  );
}

export async function ask(url: string, { method = "GET" } = {}): Promise<Answer> {
  const response = await fetch(url, { method, headers: { connection: "close" } });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Asks until the answer has this status and contains this text. */
export function waitForAnswer(url: string, status: number, text = ""): Promise<Answer> {
  let last: Answer | undefined;
  return waitFor(`${status} ${text} from ${url}`, async () => {
    last = await ask(url).catch(() => undefined);
    return last?.status === status && last.text.includes(text) && last;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; the last answer was ${last?.status} ${last?.text}`, { cause: error });
  });
}
