/** seaworthy's own exit codes (sysexits.h). Causes that need different actions have different codes. */
export const ExitCode = {
  ok: 0,
  /** A migration or a hook failed; also: not compatible (`--status`), not healthy (`--health`). */
  failed: 1,
  /** `--plan`: there is work to do. */
  workToDo: 3,
  usage: 64,
  unreachable: 69,
  internal: 70,
  /** Gave up waiting for a lock or at a timeout. */
  gaveUp: 75,
  configuration: 78,
  cannotRun: 126,
  notFound: 127,
  /** SIGTERM ended an upgrade. With 0, an orchestrator would count it as complete. */
  interrupted: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * An error that a person can fix. The message is one line: "cannot X: cause. Fix."
 * Any other thrown error is a bug in seaworthy. It is reported as "internal error:" with code 70.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: ExitCode;
  /** Further lines: every problem of a batch, or the steps that were done and not done. */
  readonly details: readonly string[];

  constructor(exitCode: ExitCode, message: string, options: FailureOptions = {}) {
    super(message, { cause: options.cause });
    this.exitCode = exitCode;
    this.details = options.details ?? [];
  }
}

/** Checks the name, not the class: docker/build/chunk-loader.ts throws a Failure without access to the class. */
export function isFailure(thrown: unknown): thrown is Failure {
  return thrown instanceof Error && thrown.name === "Failure";
}

interface FailureOptions {
  readonly details?: readonly string[];
  readonly cause?: unknown;
}

/** The message of any thrown value. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === "") return thrown.errors.map(messageOf).join("; ");
  return thrown instanceof Error ? thrown.message : String(thrown);
}
