import { ExitCode, Failure, isFailure } from "../src/kernel/failure.ts";
import { captureSignals } from "./signals.ts";

/** Aborts at the signals that ask a process to end. */
export function interruptOnSignals(): AbortSignal {
  const controller = new AbortController();
  captureSignals().handleWith((signal) => {
    if (signal === "SIGTERM" || signal === "SIGINT" || signal === "SIGQUIT" || signal === "SIGHUP") controller.abort();
  });
  return controller.signal;
}

/** Every failure after an interruption counts as the interruption: exit 143, never 0 or 1. */
export async function whileUninterrupted(signal: AbortSignal, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    // This failure describes the interrupted work more exactly.
    if (isFailure(error) && error.exitCode === ExitCode.interrupted) throw error;
    const cause = isFailure(error) ? ` (${error.message})` : "";
    throw new Failure(
      ExitCode.interrupted,
      `the upgrade was interrupted; what was running is rolled back, what was applied is kept. Run --upgrade again${cause}.`,
      {
        cause: error,
        ...(isFailure(error) && {
          details: error.details,
          fields: { ...error.fields, nextStep: "Run --upgrade again." },
        }),
      },
    );
  }
}
