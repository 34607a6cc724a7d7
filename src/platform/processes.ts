import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import { signalNumber, type SignalName } from "../kernel/signals.ts";

export interface Ending {
  /** The exit code as a shell would give it: the process's own, or 128 + the number of the signal that ended it. */
  readonly code: number;
  readonly signal?: SignalName;
}

export interface ChildProcess {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  /** Rejects with a Failure (126 or 127) where the command cannot be run or found. */
  readonly ended: Promise<Ending>;
  /** Signals the process. False where it has ended: its pid may belong to another by then. */
  readonly signal: (name: SignalName) => boolean;
}

export interface SpawnOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Processes {
  /** Starts the command with our own stdin, stdout, stderr and working directory. */
  readonly spawnInherited: (command: readonly string[], options: SpawnOptions) => ChildProcess;
  /** Whether this pid was started here and has not been waited for: its status is libuv's to take. */
  readonly isOurs: (pid: number) => boolean;
}

export function createProcesses(): Processes {
  const ours = new Set<number>();
  return {
    isOurs: (pid) => ours.has(pid),
    spawnInherited(command, options) {
      const child = spawnInherited(command, options);
      const { pid } = child;
      if (pid !== undefined) {
        ours.add(pid);
        void child.ended.then(() => ours.delete(pid));
      }
      return child;
    },
  };
}

function spawnInherited([file = "", ...parameters]: readonly string[], { environment }: SpawnOptions): ChildProcess {
  let child;
  try {
    child = spawn(file, parameters, { stdio: "inherit", env: environment });
  } catch (error) {
    return { pid: undefined, ended: Promise.reject(cannotRun(file, environment, error as Error)), signal: () => false };
  }
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on("error", (error) => {
      // Also raised when a signal could not be sent to a process that runs: that is not its end.
      if (child.pid === undefined) reject(cannotRun(file, environment, error));
    });
    child.on("exit", (code, signal) => {
      if (signal === null) resolve({ code: code ?? 0 });
      else resolve({ code: 128 + signalNumber(signal as SignalName), signal: signal as SignalName });
    });
  });
  return { pid: child.pid, ended, signal: (name) => child.kill(name) };
}

/** 127 for what is not there, 126 for what is there and cannot be run: as shells and Docker have it. */
function cannotRun(file: string, environment: SpawnOptions["environment"], error: NodeJS.ErrnoException): Failure {
  const found = locate(file, environment["PATH"]);
  const text = JSON.stringify(file);
  if (error.code === "ENOENT" && found === undefined) {
    const where = file.includes("/") ? "there is no such file" : "it is not in PATH";
    return new Failure(ExitCode.notFound, `cannot run ${text}: ${where}. Check the image's CMD and the spelling.`, {
      cause: error,
    });
  }
  if (error.code === "ENOENT") {
    const fix = "Install what its first line (#!) or its ELF header names.";
    return new Failure(ExitCode.notFound, `cannot run ${found}: its interpreter is missing. ${fix}`, { cause: error });
  }
  if (error.code === "EACCES") {
    return new Failure(ExitCode.cannotRun, `cannot run ${text}: permission denied. Make it executable: chmod +x.`, {
      cause: error,
    });
  }
  return new Failure(ExitCode.cannotRun, `cannot run ${text}: ${messageOf(error)}`, { cause: error });
}

/** Where a command is, by PATH's rules; undefined where there is no such file. */
export function locate(
  file: string,
  path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
): string | undefined {
  const candidates = file.includes("/") ? [file] : path.split(delimiter).map((folder) => join(folder || ".", file));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.F_OK);
      return true;
    } catch {
      return false;
    }
  });
}
