import { startCountingProxy } from "./counting-proxy.ts";
import { runCommand, type Command } from "./process-cost.ts";

/** Counts the messages that the command sends to that database. */
export async function countStatements(commandOn: (url: string) => Command, url: string): Promise<number> {
  const proxy = await startCountingProxy(url);
  try {
    await runCommand(commandOn(proxy.url));
    return proxy.statements();
  } finally {
    await proxy.close();
  }
}
