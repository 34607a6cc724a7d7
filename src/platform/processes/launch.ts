import type { ChildProcess, SpawnOptions, StdioOptions } from "node:child_process";
import { spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { inheritedDirectory } from "../inheritance/working-directory.ts";
import { launchFlag } from "../../kernel/launch-flag.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A command with everything that it starts with, beyond Node's own spawn. Texts may hold any bytes (exact-text.ts). */
export interface LaunchPlan {
  readonly command: readonly string[];
  readonly environment: Environment;
  readonly workingDirectory: string;
  /** The numbers of the signals that it ignores from the start. */
  readonly ignoredSignals?: readonly number[];
  /** The descriptors from 3 up that it inherits. */
  readonly descriptors?: readonly number[];
  /** Whether it becomes the terminal's foreground group. */
  readonly inForeground?: boolean;
  /** seaworthy's pid. Variables with this pid (ownPidVariables) get the command's pid instead. */
  readonly launchedBy?: number;
}

/**
 * Variables that a program uses only if they contain its own pid: sd_listen_fds(3), sd_watchdog_enabled(3). Socket
 * activation sets them to seaworthy's pid, but the app has another.
 */
export const ownPidVariables = ["LISTEN_PID", "WATCHDOG_PID"] as const;

/**
 * Starts the command. If Node cannot start it with everything in the plan, starts seaworthy again with `--launch`,
 * which then replaces itself with the command. This takes as long as another start of Node.
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
  // The channel closes when the exec succeeds, or when the process ends.
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
  /** Undefined if the command runs from the start. Otherwise resolves once the command runs. */
  readonly launched: Promise<void> | undefined;
}

export interface Launch {
  readonly file: string;
  readonly parameters: readonly string[];
  /** Undefined for seaworthy's own. */
  readonly cwd: string | undefined;
  /** seaworthy's own environment. */
  readonly environment: Environment;
  /** The launched process reads the plan from this descriptor. */
  readonly slot: number;
  readonly plan: string;
}

/** How to start the command through `--launch`. Undefined if Node can start it directly. */
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
    // Here the kernel reports a missing folder. `execute` enters a folder that Node cannot name.
    cwd: workingDirectory.isWellFormed() ? directoryToEnter(plan) : "/",
    environment: ownEnvironment,
    slot,
    plan: JSON.stringify(plan),
  };
}

function directoryToEnter({ workingDirectory }: LaunchPlan): string | undefined {
  return workingDirectory === inheritedDirectory || workingDirectory === "." ? undefined : workingDirectory;
}

/** Starts this program again in a mode that answers by Node's channel, in a process group of its own. */
export function startHelper(flag: string): ChildProcess {
  const { self, environment } = ourselves();
  const [file = "", ...own] = self;
  const stdio: StdioOptions = ["ignore", "ignore", "inherit", "ipc"];
  return spawn(file, [...own, flag], { env: environment, stdio, serialization: "advanced", detached: true });
}

/** The command and environment that start this program again, without its arguments. */
function ourselves(): { readonly self: readonly string[]; readonly environment: Environment } {
  const { isSea } = process.getBuiltinModule("node:sea");
  // oxlint-disable-next-line no-restricted-properties -- Reads no variable: the second start gets the same environment.
  const { argv, env } = process;
  // A launch within a launch would repeat forever.
  if (argv.includes(launchFlag)) throw new Error("internal error: a launch within a launch");
  const [, script = ""] = argv;
  return { self: isSea() ? [process.execPath] : [process.execPath, ...process.execArgv, script], environment: env };
}

function threeOf(stdio: StdioOptions | undefined) {
  const [input, output, errors] = Array.isArray(stdio) ? stdio : [stdio, stdio, stdio];
  return [input ?? "pipe", output ?? "pipe", errors ?? "pipe"];
}
