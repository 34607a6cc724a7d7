import { resolve } from "node:path";
import { execa, ExecaError } from "execa";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { sayStillRunning } from "../kernel/still-running.ts";
import type { Hook, HookOptions } from "./run-hooks.ts";

/** The time between SIGTERM and SIGKILL for a hook. */
const killAfterMs = 5000;

/** Killing a client does not end its statement: the server notices only when it sends the answer. */
const outlives = "A statement that it had sent may still run on the database's server, and may still be applied";

const hookFix = "The release is not recorded: fix the hook and run --upgrade again.";
const firstBeyondStandard = 3;

/** How long to wait for the rest of the output after the hook has ended. */
const lingerMs = 1000;

/** Runs one command to its end and logs its output. Throws a Failure (1). */
export async function runHook(
  name: string,
  { command, timeoutSeconds, workdir, environment }: Hook,
  options: HookOptions,
): Promise<void> {
  const [file = "", ...parameters] = command;
  const { label = file } = options;
  const variables = { ...options.environment, ...environment };
  const launch = options.launch({ command, environment: variables, workingDirectory: workdir ?? "." });
  const directory = nameDirectory(launch === undefined ? workdir : launch.cwd);
  const unused = Array.from(
    { length: (launch?.slot ?? firstBeyondStandard) - firstBeyondStandard },
    () => "ignore" as const,
  );
  const hook = execa(launch?.file ?? file, launch?.parameters ?? parameters, {
    env: launch?.environment ?? variables,
    extendEnv: false,
    stdio: ["ignore", "pipe", "pipe", ...unused, ...(launch === undefined ? [] : [Buffer.from(launch.plan)])],
    all: true,
    buffer: false,
    cancelSignal: options.signal,
    forceKillAfterDelay: killAfterMs,
    // In its own process group: a shell's children hold the output open, so they must be ended with the shell.
    detached: true,
    ...(directory !== undefined && { cwd: directory }),
    ...(timeoutSeconds !== undefined && { timeout: timeoutSeconds * 1000 }),
  });
  const interrupt = () => signalGroup(hook.pid, "SIGTERM");
  options.signal.addEventListener("abort", interrupt);
  // If a signal or the timeout ended the hook, end its whole group.
  let linger: NodeJS.Timeout | undefined;
  hook.nodeChildProcess.once("exit", (_code, signal) => {
    if (signal !== null || options.signal.aborted) signalGroup(hook.pid, "SIGKILL");
    // A daemon that the hook leaves behind may hold the output open for ever.
    linger = setTimeout(() => {
      options.log.warn(`${name} (${file}) has ended, but a process that it started still holds its output`);
      for (const stream of [hook.stdout, hook.stderr, hook.all]) stream.destroy();
    }, lingerMs);
  });
  try {
    await sayStillRunning({ what: `running ${name} (${file})` }, options, async () => {
      for await (const line of hook.iterable({ from: "all" })) options.log.info(`[${label}] ${line}`, { hook: label });
      await hook;
    });
  } catch (error) {
    if (options.signal.aborted) {
      const fix = "Run --upgrade again: it waits for the end of such a statement";
      throw new Failure(
        ExitCode.interrupted,
        `the upgrade was interrupted; ${name} (${file}) was ended, and what it has applied is kept. ${outlives}. ${fix}.`,
        { cause: error, fields: { event: "hook-failed", hook: name, nextStep: `${fix}.` } },
      );
    }
    throw hookFailure(`${name} (${file})`, { key: name, timeoutSeconds, fix: options.fix ?? hookFix }, error);
  } finally {
    clearTimeout(linger);
    options.signal.removeEventListener("abort", interrupt);
  }
}

/**
 * Execa resolves a directory against process.cwd(). There, Node replaces bytes that are not UTF-8, and the path is wrong.
 * The kernel's own link works for every name.
 */
function nameDirectory(directory: string | undefined): string | undefined {
  return process.cwd().includes("\uFFFD") ? resolve("/proc/self/cwd", directory ?? ".") : directory;
}

function signalGroup(leader: number | undefined, name: "SIGTERM" | "SIGKILL"): void {
  try {
    if (leader !== undefined) process.kill(-leader, name);
  } catch {
    // The group has ended.
  }
}

interface FailureOptions {
  readonly key: string;
  readonly timeoutSeconds: number | undefined;
  readonly fix: string;
}

function hookFailure(name: string, { key, timeoutSeconds, fix }: FailureOptions, error: unknown): Failure {
  const options = { cause: error, fields: { event: "hook-failed", hook: key, nextStep: fix } } as const;
  if (!(error instanceof ExecaError)) return new Failure(ExitCode.failed, `${name} failed. ${fix}`, options);
  const how = error.timedOut
    ? `did not end within ${timeoutSeconds} s, and was ended. ${outlives}`
    : error.signal
      ? `was ended by ${error.signal}. ${outlives}`
      : error.exitCode === undefined
        ? `cannot be run: ${error.code}`
        : `failed with exit code ${error.exitCode}`;
  return new Failure(ExitCode.failed, `${name} ${how}. ${fix}`, options);
}
