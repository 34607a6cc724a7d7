import type { ModuleContext, Up } from "../../migrations/module.ts";
import type { Settling } from "./settling.ts";

export interface ModuleRun {
  readonly query: ModuleContext["query"];
  readonly settling: Settling;
  /** The module may wait for something other than the database, which the signal does not end. */
  readonly signal: AbortSignal;
}

/** Runs a migration in JavaScript to its end, or until the signal. After that, none of its queries runs. */
export async function runModule(up: Up, { query, settling, signal }: ModuleRun): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason as Error);
  signal.addEventListener("abort", abort);
  try {
    signal.throwIfAborted();
    await Promise.race([Promise.resolve(up({ query })).then(settling.settle), aborted.promise]);
  } catch (error) {
    await settling.abandon();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
