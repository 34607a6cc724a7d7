import type { Log } from "../../kernel/log.ts";

/** A command that runs around the migrations. */
export interface Hook {
  /** Its words: no shell reads them. */
  readonly command: readonly string[];
  /** Ended after that many seconds, and counted as failed. */
  readonly timeoutSeconds?: number;
  readonly workdir?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface HookOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

type Stage = "before" | "migrate" | "after" | "onFailure";

/** Runs the commands in order, without a shell. Throws a Failure (1) at the first that fails. */
export async function runHooks(stage: Stage, hooks: readonly Hook[], options: HookOptions): Promise<void> {
  if (hooks.length === 0) return;
  // Most upgrades have none.
  const { runHook } = await import("./hook-process.ts");
  for (const [index, hook] of hooks.entries()) {
    options.signal.throwIfAborted();
    const [file = ""] = hook.command;
    const key = stage === "migrate" ? "upgrade.migrate" : `upgrade.${stage}[${index}]`;
    options.log.info(`running ${key}: ${file}`, { hook: file });
    await runHook(key, hook, options);
  }
}
