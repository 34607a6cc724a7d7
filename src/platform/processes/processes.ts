import type { ChildProcess as NodeChild } from "node:child_process";
import { signalName, signalNumber, type SignalName } from "../../kernel/signals.ts";
import { cannotRun } from "./commands.ts";
import { spawnExactly, type LaunchPlan } from "./launch.ts";
import { trySignal } from "./leftovers.ts";
import { readProcesses, type ProcessEntry } from "./process-table.ts";
import { heedsSignal } from "../signals/dispositions.ts";
import { prepareToStop } from "../signals/stop-by-default.ts";

export interface Ending {
  /** The exit code like in a shell: the process's own, or 128 + the number of the signal that ended it. */
  readonly code: number;
  readonly signal?: SignalName;
}

export interface ChildProcess {
  /** Undefined if it could not be started. */
  readonly pid: number | undefined;
  /** Rejects with a Failure (126 or 127) if the command cannot be run or found. */
  readonly ended: Promise<Ending>;
  /** Signals the process or its group. False if it has ended: another process may have reused its pid. */
  readonly signal: (name: SignalName) => boolean;
  /** Whether the process still runs, or a process of its group that gets this signal and does not ignore it. */
  readonly runs: (name: SignalName) => boolean;
}

export interface SpawnOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Gives it its own session, and so its own process group. Default: false. */
  readonly ownSession?: boolean;
  /** Makes it the terminal's foreground group. Default: false. */
  readonly inForeground?: boolean;
  /** Whether a signal goes to the whole process group that it leads. Default: never. */
  readonly isForGroup?: (name: SignalName) => boolean;
  /** Wraps the start, to change what the process inherits. Default: no wrapper. */
  readonly begin?: (<T>(spawn: () => T) => T) | undefined;
}

/** How a process ended, from waitpid(2). */
export interface WaitStatus {
  readonly code: number;
  /** The number of the signal that ended it; 0 for none. */
  readonly signal: number;
}

export interface Processes {
  /** Starts the command with seaworthy's stdin, stdout and stderr. The reaper sees its end, and calls `onReaped`. */
  readonly spawnInherited: (command: readonly string[], options: SpawnOptions) => ChildProcess;
  /** Registers a process that other code has started through Node. */
  readonly adopt: (pid: number, ended: Promise<unknown>) => void;
  /** Whether libuv still has to reap this pid. */
  readonly isLibuvs: (pid: number) => boolean;
  /** Call it for every reaped process. */
  readonly onReaped: (pid: number, status: WaitStatus) => void;
}

/** Far beyond any container's life. */
const longestTimerMs = 2 ** 31 - 1;

/** @param inherited signals and descriptors for every process, beside its streams (inheritance.ts). Default: none. */
export function createProcesses(inherited: Pick<LaunchPlan, "ignoredSignals" | "descriptors"> = {}): Processes {
  const libuvs = new Set<number>();
  const waiting = new Map<number, (status: WaitStatus) => void>();
  let keptAlive: NodeJS.Timeout | undefined;
  const adopt = (pid: number, ended: Promise<unknown>) => {
    libuvs.add(pid);
    void ended.then(() => libuvs.delete(pid));
  };
  const waitFor = (child: NodeChild, pid: number): Promise<WaitStatus> => {
    const { promise, resolve } = Promise.withResolvers<WaitStatus>();
    if (takeFromLibuv(child)) {
      // Without libuv's handle, nothing else may keep the event loop alive.
      keptAlive ??= setInterval(() => {}, longestTimerMs);
      waiting.set(pid, resolve);
    } else {
      child.on("exit", (code, signal) => resolve({ code: code ?? 0, signal: signal === null ? 0 : numberOf(signal) }));
      adopt(pid, promise);
    }
    return promise;
  };
  return {
    adopt,
    isLibuvs: (pid) => libuvs.has(pid),
    onReaped(pid, status) {
      waiting.get(pid)?.(status);
      if (!waiting.delete(pid) || waiting.size > 0) return;
      clearInterval(keptAlive);
      keptAlive = undefined;
    },
    spawnInherited(command, options) {
      const { environment, workingDirectory, inForeground = false } = options;
      const plan = { command, environment, workingDirectory, inForeground, launchedBy: process.pid, ...inherited };
      return spawnInherited(plan, options, waitFor);
    },
  };
}

type Wait = (child: NodeChild, pid: number) => Promise<WaitStatus>;

function spawnInherited(plan: LaunchPlan, options: SpawnOptions, waitFor: Wait): ChildProcess {
  const [file = ""] = plan.command;
  const { ownSession = false } = options;
  const { isForGroup = () => false, begin = (spawn) => spawn() } = options;
  let started;
  try {
    started = begin(() =>
      spawnExactly(plan, {
        stdio: "inherit",
        detached: ownSession,
      }),
    );
  } catch (error) {
    return neverStarted(Promise.reject(cannotRun(file, options, error as NodeJS.ErrnoException)));
  }
  const { child, launched } = started;
  const { pid } = child;
  if (pid === undefined) {
    const failed = new Promise<never>((_, reject) => {
      child.on("error", (error) => reject(cannotRun(file, options, error)));
    });
    return neverStarted(failed);
  }
  let hasEnded = false;
  const ended = waitFor(child, pid).then(({ code, signal }): Ending => {
    hasEnded = true;
    if (signal === 0) return { code };
    const name = signalName(signal);
    return { code: 128 + signal, ...(name !== undefined && { signal: name }) };
  });
  const send = (name: SignalName) => {
    // The group may outlive its leader.
    const stop = prepareToStop(name, { pid, inGroup: isForGroup(name) });
    const isSent = (isForGroup(name) && trySignal(-pid, name)) || (!hasEnded && trySignal(pid, name));
    if (isSent) stop();
    return isSent;
  };
  return {
    pid,
    ended,
    signal: launched === undefined ? send : sendOnceLaunched(launched, send),
    runs: (name) => !hasEnded || (isForGroup(name) && readProcesses().some((entry) => reactsTo(entry, pid, name))),
  };
}

/**
 * Whether a process of this group reacts to the signal. A shell's background jobs ignore INT and QUIT: waiting for them
 * would use up the grace, so they wait for the TERM that all remaining processes get. A process that ignores TERM
 * counts.
 */
function reactsTo({ pid, group }: ProcessEntry, leader: number, name: SignalName): boolean {
  return group === leader && (name === "SIGTERM" || heedsSignal(pid, name));
}

function neverStarted(ended: Promise<never>): ChildProcess {
  return { pid: undefined, ended, signal: () => false, runs: () => false };
}

/** Keeps signals until the command runs, then sends them. */
function sendOnceLaunched(launched: Promise<void>, send: (name: SignalName) => boolean): ChildProcess["signal"] {
  let early: SignalName[] | undefined = [];
  void launched.then(() => {
    const kept = early ?? [];
    early = undefined;
    kept.forEach(send);
  });
  return (name) => (early === undefined || name === "SIGKILL" ? send(name) : early.push(name) > 0);
}

/**
 * Makes Node forget the process, so seaworthy waits for its end. Node has no names for real-time signals: it would
 * report exit code 0 for a process that one has ended. Returns whether this Node supports it.
 */
function takeFromLibuv(child: NodeChild): boolean {
  const { _handle: handle } = child as unknown as { readonly _handle?: { readonly close?: () => void } | null };
  if (typeof handle?.close !== "function") return false;
  handle.close();
  return true;
}

function numberOf(signal: NodeJS.Signals): number {
  return signalNumber(signal as SignalName);
}
