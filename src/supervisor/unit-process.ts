import type { SignalName } from "../kernel/signals.ts";

/** What a unit needs of the process that it has started. */
export interface UnitProcess {
  readonly pid: number | undefined;
  /** Rejects with a Failure where the command could not be started. */
  readonly ended: Promise<{ readonly code: number; readonly signal?: SignalName }>;
  /** Signals the process, or its group. False where it has ended. */
  readonly signal: (name: SignalName) => boolean;
  /** Whether the process itself still runs, or another of its group that this signal goes to and that does not ignore it. */
  readonly runs: (name: SignalName) => boolean;
}

/** The descendants of a unit's processes. */
export interface UnitLeftovers {
  readonly any: () => boolean;
  readonly signal: (name: SignalName) => void;
  readonly describe: () => string;
}
