/** The exit codes of seaworthy's own failures: one per cause an operator acts on differently (sysexits.h). */
export const ExitCode = {
  ok: 0,
  /** A migration or a hook failed; also: not compatible (`--status`), not healthy (`--health`). */
  failed: 1,
  /** `--plan`: there is work to do. */
  workToDo: 3,
  usage: 64,
  unreachable: 69,
  internal: 70,
  /** Gave up waiting: for the lock, or at a timeout. */
  gaveUp: 75,
  configuration: 78,
  cannotRun: 126,
  notFound: 127,
  /** An upgrade ended by SIGTERM; never 0, or an orchestrator counts it as complete. */
  interrupted: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * Something went wrong that a person can act on. The message is one line: "cannot X: cause. Fix."
 * Anything thrown that is not a Failure is a bug of ours and ends as "internal error:" with code 70.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: ExitCode;
  /** Further lines, each one standing for itself: every problem of a batch, or what was and was not done. */
  readonly details: readonly string[];

  constructor(exitCode: ExitCode, message: string, options: FailureOptions = {}) {
    super(message, { cause: options.cause });
    this.exitCode = exitCode;
    this.details = options.details ?? [];
  }
}

/** By its name: what loads the program's parts (docker/build/chunk-loader.ts) throws one without having this class. */
export function isFailure(thrown: unknown): thrown is Failure {
  return thrown instanceof Error && thrown.name === "Failure";
}

interface FailureOptions {
  readonly details?: readonly string[];
  readonly cause?: unknown;
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === "") return thrown.errors.map(messageOf).join("; ");
  return thrown instanceof Error ? thrown.message : String(thrown);
}
