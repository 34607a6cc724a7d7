import type { SignalName } from "../kernel/signals.ts";

/** A process that a unit has started. */
export interface UnitProcess {
  readonly pid: number | undefined;
  /** Rejects with a Failure if the command could not be started. */
  readonly ended: Promise<{ readonly code: number; readonly signal?: SignalName }>;
  /** Signals the process or its group. Returns false if it has ended. */
  readonly signal: (name: SignalName) => boolean;
  /** Whether the process still runs, or another one in its group that gets this signal and does not ignore it. */
  readonly runs: (name: SignalName) => boolean;
}

/** The descendants of a unit's processes. */
export interface UnitLeftovers {
  readonly any: () => boolean;
  readonly signal: (name: SignalName) => void;
  readonly describe: () => string;
}
