import type { ChildProcess, SpawnOptions, StdioOptions } from "node:child_process";
import { spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { inheritedDirectory } from "../inheritance/working-directory.ts";
import { launchFlag } from "../../kernel/launch-flag.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A command, and what it is started with that Node's own spawn cannot give. Texts may hold any bytes (exact-text.ts). */
export interface LaunchPlan {
  readonly command: readonly string[];
  readonly environment: Environment;
  readonly workingDirectory: string;
  /** The numbers of the signals that it ignores from its start. */
  readonly ignoredSignals?: readonly number[];
  /** The descriptors from 3 up that it inherits. */
  readonly descriptors?: readonly number[];
  /** Whether it becomes the terminal's foreground group. */
  readonly inForeground?: boolean;
  /** Our pid. Variables that name the process they are for then name the command instead of us. */
  readonly launchedBy?: number;
}

/**
 * Variables that a program heeds only where they hold its own pid: sd_listen_fds(3), sd_watchdog_enabled(3). Socket
 * activation gives them ours, and the app is a process of its own.
 */
export const ownPidVariables = ["LISTEN_PID", "WATCHDOG_PID"] as const;

/**
 * Starts the command. Where Node cannot do that with everything that belongs to it, we start ourselves, and turn into the
 * command there (`--launch`), which takes as long as another start of Node.
 */
export function spawnExactly(plan: LaunchPlan, options: SpawnOptions): LaunchedChild {
  const launch = launchOf(plan);
  const { stdio } = options;
  if (launch === undefined) {
    const [file = "", ...parameters] = plan.command;
    const child = spawn(file, parameters, { ...options, env: plan.environment, cwd: directoryToEnter(plan) });
    return { child, launched: undefined };
  }
  const { file, parameters, cwd, environment, slot } = launch;
  const streams = threeOf(stdio);
  while (streams.length < slot) streams.push("ignore");
  const child = spawn(file, parameters, { ...options, cwd, env: environment, stdio: [...streams, "pipe"] });
  // Its end of the channel is closed as it turns into the command; or it has ended.
  const channel = child.stdio[slot] as Duplex | null | undefined;
  const launched = new Promise<void>((resolve) => {
    if (!channel) return resolve();
    channel
      .on("error", () => {})
      .on("close", resolve)
      .resume();
    channel.end(launch.plan);
  });
  return { child, launched };
}

export interface LaunchedChild {
  readonly child: ChildProcess;
  /** Undefined where the command runs from the start. Otherwise resolves once it does. */
  readonly launched: Promise<void> | undefined;
}

export interface Launch {
  readonly file: string;
  readonly parameters: readonly string[];
  /** Undefined for our own. */
  readonly cwd: string | undefined;
  /** Our own. */
  readonly environment: Environment;
  /** The descriptor that the plan is read from, to its end. */
  readonly slot: number;
  readonly plan: string;
}

/** How we turn into the command in a process of our own. Undefined where Node can start it. */
export function launchOf(plan: LaunchPlan): Launch | undefined {
  const { command, environment, workingDirectory, ignoredSignals = [], descriptors = [], inForeground } = plan;
  const names = plan.launchedBy === undefined ? [] : ownPidVariables;
  const needed =
    inForeground === true ||
    ignoredSignals.length > 0 ||
    names.some((name) => environment[name] === String(plan.launchedBy)) ||
    !workingDirectory.isWellFormed() ||
    !command.every((word) => word.isWellFormed()) ||
    !Object.entries(environment).every(([name, value = ""]) => name.isWellFormed() && value.isWellFormed());
  if (!needed) return undefined;
  const { self, environment: ownEnvironment } = ourselves();
  const [file = "", ...own] = self;
  let slot = 3;
  while (descriptors.includes(slot)) slot++;
  return {
    file,
    parameters: [...own, launchFlag, String(slot)],
    // The kernel's error for a folder that is missing comes from here; one that Node cannot name is entered by ourselves.
    cwd: workingDirectory.isWellFormed() ? directoryToEnter(plan) : "/",
    environment: ownEnvironment,
    slot,
    plan: JSON.stringify(plan),
  };
}

function directoryToEnter({ workingDirectory }: LaunchPlan): string | undefined {
  return workingDirectory === inheritedDirectory || workingDirectory === "." ? undefined : workingDirectory;
}

/** How this program was started, without its arguments: it is started like that once more. */
function ourselves(): { readonly self: readonly string[]; readonly environment: Environment } {
  const { isSea } = process.getBuiltinModule("node:sea");
  // oxlint-disable-next-line no-restricted-properties -- Nothing is read from it: a second start of the same has the same.
  const { argv, env } = process;
  // What runs here does not know the flag, or there would be another start, and another.
  if (argv.includes(launchFlag)) throw new Error("internal error: a launch within a launch");
  const [, script = ""] = argv;
  return { self: isSea() ? [process.execPath] : [process.execPath, ...process.execArgv, script], environment: env };
}

function threeOf(stdio: StdioOptions | undefined) {
  const [input, output, errors] = Array.isArray(stdio) ? stdio : [stdio, stdio, stdio];
  return [input ?? "pipe", output ?? "pipe", errors ?? "pipe"];
}
