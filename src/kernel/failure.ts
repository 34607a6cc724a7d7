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
  readonly fields: FailureFields;

  constructor(exitCode: ExitCode, message: string, options: FailureOptions = {}) {
    super(message, { cause: options.cause });
    this.exitCode = exitCode;
    this.details = options.details ?? [];
    this.fields = options.fields ?? {};
  }
}

/** The same failure, with what a caller adds to it: `details` come after its own, and `fields` win over its own. */
export function extendFailure(failure: Failure, { message, details = [], fields, cause }: FailureExtension): Failure {
  return new Failure(failure.exitCode, message ?? failure.message, {
    details: [...failure.details, ...details],
    fields: { ...failure.fields, ...fields },
    cause: cause ?? failure.cause,
  });
}

/** Checks the name, not the class: docker/build/chunk-loader.ts throws a Failure without access to the class. */
export function isFailure(thrown: unknown): thrown is Failure {
  return thrown instanceof Error && thrown.name === "Failure";
}

interface FailureOptions {
  readonly details?: readonly string[];
  readonly fields?: FailureFields;
  readonly cause?: unknown;
}

interface FailureExtension extends FailureOptions {
  readonly message?: string;
}

/** What a machine reads of a failure: fields of its event. Each is there only if it is known. */
export interface FailureFields {
  readonly event?: FailureEvent;
  readonly migration?: string;
  /** The path of the migration's file. */
  readonly file?: string;
  /** From 1, as `column`. */
  readonly line?: number;
  readonly column?: number;
  /** The start of the statement that failed, with `?` for each value. */
  readonly statement?: string;
  /** Five characters, also from MySQL and SQLite. */
  readonly sqlState?: string;
  /** The server's own detail. It may quote a row's key. */
  readonly detail?: string;
  readonly hint?: string;
  /** The migrations that this upgrade applied before. They are kept. */
  readonly applied?: readonly string[];
  /** The migration of which nothing is left. */
  readonly rolledBack?: string;
  /** The migration of which some statements may be committed: the next `--upgrade` resumes it. */
  readonly committed?: string;
  /** The migrations that were to come after it. */
  readonly notRun?: readonly string[];
  /** The hook's key, such as `upgrade.before[0]`. */
  readonly hook?: string;
  /** What to do, in a sentence. */
  readonly nextStep?: string;
}

/** The event of a failure. `failed` if nothing more is known than its message. */
export type FailureEvent = "migration-failed" | "hook-failed" | "failed";

/** The message of any thrown value. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === "") return thrown.errors.map(messageOf).join("; ");
  return thrown instanceof Error ? thrown.message : String(thrown);
}
