import { setTimeout as sleep } from "node:timers/promises";
import { ExitCode, Failure } from "../../src/kernel/failure.ts";
import type { Context } from "../context.ts";
import { failing, lookOnce } from "../look-once.ts";

interface WaitCommand {
  readonly timeoutSeconds: number;
  readonly configPath?: string;
}

const intervalMs = 500;

/** Blocks until every dependency is compatible. Throws a Failure (75) at the timeout. */
export async function wait({ timeoutSeconds, configPath }: WaitCommand, context: Context): Promise<number> {
  const loaded = await context.loadSettings({ configPath, forUpgrade: false });
  const look = await lookOnce(loaded, context);
  const gap = await loaded.describeGap();
  if (gap !== undefined) context.log.warn(gap);
  const deadline = Date.now() + timeoutSeconds * 1000;
  let said = "";
  for (;;) {
    const open = failing(await look());
    if (open.length === 0) return ExitCode.ok;
    const state = open.map(({ name, verdict, reason }) => `${name} is ${verdict}: ${reason}`).join("; ");
    if (Date.now() >= deadline) throw new Failure(ExitCode.gaveUp, `gave up after ${timeoutSeconds} s: ${state}`);
    if (state !== said) context.log.info(`waiting: ${state}`);
    said = state;
    await sleep(Math.min(intervalMs, Math.max(0, deadline - Date.now())));
  }
}
