import type { MigrationScript } from "../../migrations/script.ts";
import type { HookOptions } from "../../hooks/run-hooks.ts";
import type { LockedDatabase } from "./take-locks.ts";

export interface ProgramOptions extends LockedDatabase {
  readonly history: string;
  /** The app version that applies it. */
  readonly release: string | undefined;
  readonly options: HookOptions;
}

const fix = "Its changes are kept, and the next --upgrade runs it again from its beginning: fix the cause first.";

/**
 * Runs a migration that is a program, between the records of its beginning and its end. seaworthy cannot roll it back or see
 * how far it came, so one that failed or was killed is run again. Throws a Failure (1).
 */
export async function applyProgram(
  { name, path, checksum, directives }: MigrationScript,
  { database, locked, history, release, options }: ProgramOptions,
): Promise<void> {
  options.signal.throwIfAborted();
  await locked.beginProgram(history, { name, checksum, release, floor: directives.contract });
  // It may run for long, and the last migration has reset the session's settings.
  await database.ledger.stayWhileIdle();
  const { runHook } = await import("../../hooks/hook-process.ts");
  await runHook(`the migration ${name}`, { command: [path] }, { ...options, fix, label: name });
  await locked.finishProgram(history, name);
}
