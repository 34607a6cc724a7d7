import { execa, ExecaError } from "execa";
import { ExitCode, Failure } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";

export interface HookOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Takes one line of a hook's output, without its newline. */
  readonly onLine: (line: string) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** How long a hook has to end after SIGTERM before it is killed. */
const killAfterMs = 5000;

/** Runs the commands in order, without a shell. Throws a Failure (1) at the first that fails. */
export async function runHooks(
  stage: "before" | "after",
  commands: readonly (readonly string[])[],
  options: HookOptions,
): Promise<void> {
  for (const [index, command] of commands.entries()) {
    options.signal.throwIfAborted();
    options.log.info(`running upgrade.${stage}[${index}]: ${command[0]}`, { hook: command[0] });
    await runHook(`upgrade.${stage}[${index}]`, command, options);
  }
}

async function runHook(
  name: string,
  [file = "", ...parameters]: readonly string[],
  options: HookOptions,
): Promise<void> {
  const hook = execa(file, parameters, {
    env: { ...options.environment },
    extendEnv: false,
    stdin: "ignore",
    all: true,
    buffer: false,
    cancelSignal: options.signal,
    forceKillAfterDelay: killAfterMs,
  });
  try {
    for await (const line of hook.iterable({ from: "all" })) options.onLine(`[${file}] ${line}`);
    await hook;
  } catch (error) {
    options.signal.throwIfAborted();
    throw hookFailure(`${name} (${file})`, error);
  }
}

function hookFailure(name: string, error: unknown): Failure {
  const fix = "The release is not recorded: mend the hook and run --upgrade again.";
  if (!(error instanceof ExecaError)) return new Failure(ExitCode.failed, `${name} failed. ${fix}`, { cause: error });
  const how = error.signal
    ? `was ended by ${error.signal}`
    : error.exitCode === undefined
      ? `cannot be run: ${error.code}`
      : `failed with exit code ${error.exitCode}`;
  return new Failure(ExitCode.failed, `${name} ${how}. ${fix}`, { cause: error });
}
