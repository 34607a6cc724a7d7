import { ExitCode, isFailure, messageOf, type Failure } from "./failure.ts";
import type { Log } from "./log.ts";

const reported = new WeakSet<Error>();

/** Logs the error as one event, unless it was logged before. Returns its exit code. */
export function reportFailure(error: unknown, log: Log): number {
  const exitCode = isFailure(error) ? error.exitCode : ExitCode.internal;
  if (error instanceof Error && reported.has(error)) return exitCode;
  if (error instanceof Error) reported.add(error);
  if (isFailure(error)) {
    log.error(error.message, fieldsOf(error), error.details);
    return exitCode;
  }
  log.error(`internal error: ${messageOf(error)}. Please report it.`, { event: "internal-error", exitCode });
  if (error instanceof Error && error.stack !== undefined) log.debug(error.stack);
  return exitCode;
}

/** The fields of a failure's event. */
export function fieldsOf({ fields, exitCode }: Failure): Readonly<Record<string, unknown>> {
  return { event: "failed", ...fields, exitCode };
}
