import { spawn } from "node:child_process";
import { signalNumber, type SignalName } from "../kernel/signals.ts";
import { cannotRun } from "./commands.ts";
import { trySignal } from "./leftovers.ts";
import { readProcesses } from "./process-table.ts";

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
  /** Signals the process, or its group. False where it has ended: its pid may belong to another by then. */
  readonly signal: (name: SignalName) => boolean;
  /** Whether any process still runs that this signal goes to: the process itself, or another one of its group. */
  readonly runs: (name: SignalName) => boolean;
}

export interface SpawnOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Gives it a session, and so a process group, of its own. Default: false. */
  readonly ownSession?: boolean;
  /** The signals that go to the whole process group, which it leads. Default: none. */
  readonly isForGroup?: (name: SignalName) => boolean;
  /** What is done around the start itself, for what a process inherits of ours. Default: nothing. */
  readonly begin?: (<T>(spawn: () => T) => T) | undefined;
}

export interface Processes {
  /** Starts the command with our own stdin, stdout and stderr. */
  readonly spawnInherited: (command: readonly string[], options: SpawnOptions) => ChildProcess;
  /** Takes in a process that something else started through Node. */
  readonly adopt: (pid: number, ended: Promise<unknown>) => void;
  /** Whether this pid was started here and has not been waited for: its status is libuv's to take. */
  readonly isOurs: (pid: number) => boolean;
}

export function createProcesses(): Processes {
  const ours = new Set<number>();
  const adopt = (pid: number, ended: Promise<unknown>) => {
    ours.add(pid);
    void ended.then(() => ours.delete(pid));
  };
  return {
    adopt,
    isOurs: (pid) => ours.has(pid),
    spawnInherited(command, options) {
      const child = spawnInherited(command, options);
      if (child.pid !== undefined) adopt(child.pid, child.ended);
      return child;
    },
  };
}

function spawnInherited([file = "", ...parameters]: readonly string[], options: SpawnOptions): ChildProcess {
  const { environment, workingDirectory, ownSession = false } = options;
  const { isForGroup = () => false, begin = (spawn) => spawn() } = options;
  let child;
  try {
    child = begin(() =>
      spawn(file, parameters, {
        stdio: "inherit",
        env: environment,
        cwd: workingDirectory,
        detached: ownSession,
      }),
    );
  } catch (error) {
    return {
      pid: undefined,
      ended: Promise.reject(cannotRun(file, options, error as Error)),
      signal: () => false,
      runs: () => false,
    };
  }
  const { pid } = child;
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on("error", (error) => {
      // Also raised when a signal could not be sent to a process that runs: that is not its end.
      if (pid === undefined) reject(cannotRun(file, options, error));
    });
    child.on("exit", (code, signal) => {
      if (signal === null) resolve({ code: code ?? 0 });
      else resolve({ code: 128 + signalNumber(signal as SignalName), signal: signal as SignalName });
    });
  });
  const hasNotEnded = () => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    ended,
    // The group may outlive the process that gave it its number.
    signal: (name) => (pid !== undefined && isForGroup(name) && trySignal(-pid, name)) || child.kill(name),
    runs: (name) =>
      pid !== undefined && (hasNotEnded() || (isForGroup(name) && readProcesses().some(({ group }) => group === pid))),
  };
}
