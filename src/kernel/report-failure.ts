import { ExitCode, isFailure, messageOf } from "./failure.ts";
import type { Log } from "./log.ts";

/** Logs the error and its details, one per line. Returns its exit code. */
export function reportFailure(error: unknown, log: Log): number {
  if (isFailure(error)) {
    log.error(error.message, { exitCode: error.exitCode });
    for (const detail of error.details) log.error(detail);
    return error.exitCode;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  log.error(`internal error: ${messageOf(error)}. Please report it.`, { exitCode: ExitCode.internal });
  if (stack !== undefined) log.debug(stack);
  return ExitCode.internal;
}
