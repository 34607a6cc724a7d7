import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../kernel/log.ts";

/** A command that runs around the migrations. */
export interface Hook {
  /** The program and its arguments. No shell is involved. */
  readonly command: readonly string[];
  /** After this many seconds the hook is ended, and fails. */
  readonly timeoutSeconds?: number;
  readonly workdir?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface HookOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly launch: LaunchHook;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** What to do after a failure, in a sentence. Default: for a hook. */
  readonly fix?: string;
  /** Stands before each line of its output. Default: the program as it was written. */
  readonly label?: string;
}

/**
 * Some commands have words or variables that Node cannot pass on exactly. Returns a launcher for these, which reads `plan`
 * from descriptor `slot`. Returns undefined if Node can start the command itself.
 */
export type LaunchHook = (plan: {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}) =>
  | {
      readonly file: string;
      readonly parameters: readonly string[];
      readonly cwd: string | undefined;
      readonly environment: Readonly<Record<string, string | undefined>>;
      readonly slot: number;
      readonly plan: string;
    }
  | undefined;

type Stage = "before" | "after" | "onFailure";

/** Runs the commands in order, without a shell. Throws a Failure (1) at the first that fails. */
export async function runHooks(stage: Stage, hooks: readonly Hook[], options: HookOptions): Promise<void> {
  if (hooks.length === 0) return;
  // Loaded late: most upgrades have no hooks.
  const { runHook } = await import("./hook-process.ts");
  for (const [index, hook] of hooks.entries()) {
    options.signal.throwIfAborted();
    const [file = ""] = hook.command;
    const key = `upgrade.${stage}[${index}]`;
    options.log.info(`running ${key}: ${file}`, { hook: file });
    await runHook(key, hook, options);
  }
}
