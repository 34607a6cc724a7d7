import { execa, ExecaError } from "execa";
import { ExitCode, Failure } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";

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

/** How long a hook has to end after SIGTERM before it is killed. */
const killAfterMs = 5000;

/** Runs the commands in order, without a shell. Throws a Failure (1) at the first that fails. */
export async function runHooks(stage: Stage, hooks: readonly Hook[], options: HookOptions): Promise<void> {
  for (const [index, hook] of hooks.entries()) {
    options.signal.throwIfAborted();
    const [file = ""] = hook.command;
    const key = stage === "migrate" ? "upgrade.migrate" : `upgrade.${stage}[${index}]`;
    options.log.info(`running ${key}: ${file}`, { hook: file });
    await runHook(key, hook, options);
  }
}

async function runHook(
  name: string,
  { command, timeoutSeconds, workdir, environment }: Hook,
  options: HookOptions,
): Promise<void> {
  const [file = "", ...parameters] = command;
  const hook = execa(file, parameters, {
    env: { ...options.environment, ...environment },
    extendEnv: false,
    stdin: "ignore",
    all: true,
    buffer: false,
    cancelSignal: options.signal,
    forceKillAfterDelay: killAfterMs,
    // A group of its own: what a shell has started holds its output open, and would be waited for long after the shell.
    detached: true,
    ...(workdir !== undefined && { cwd: workdir }),
    ...(timeoutSeconds !== undefined && { timeout: timeoutSeconds * 1000 }),
  });
  const interrupt = () => signalGroup(hook.pid, "SIGTERM");
  options.signal.addEventListener("abort", interrupt);
  // Where it was ended by a signal, at the timeout too, what it has started is ended with it.
  hook.nodeChildProcess.once("exit", (_code, signal) => {
    if (signal !== null || options.signal.aborted) signalGroup(hook.pid, "SIGKILL");
  });
  try {
    for await (const line of hook.iterable({ from: "all" })) options.log.info(`[${file}] ${line}`, { hook: file });
    await hook;
  } catch (error) {
    options.signal.throwIfAborted();
    throw hookFailure(`${name} (${file})`, timeoutSeconds, error);
  } finally {
    options.signal.removeEventListener("abort", interrupt);
  }
}

function signalGroup(leader: number | undefined, name: "SIGTERM" | "SIGKILL"): void {
  try {
    if (leader !== undefined) process.kill(-leader, name);
  } catch {
    // Nothing of it is left.
  }
}

function hookFailure(name: string, timeoutSeconds: number | undefined, error: unknown): Failure {
  const fix = "The release is not recorded: mend the hook and run --upgrade again.";
  if (!(error instanceof ExecaError)) return new Failure(ExitCode.failed, `${name} failed. ${fix}`, { cause: error });
  const how = error.timedOut
    ? `did not end within ${timeoutSeconds} s`
    : error.signal
      ? `was ended by ${error.signal}`
      : error.exitCode === undefined
        ? `cannot be run: ${error.code}`
        : `failed with exit code ${error.exitCode}`;
  return new Failure(ExitCode.failed, `${name} ${how}. ${fix}`, { cause: error });
}
