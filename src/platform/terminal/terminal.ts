import { fstatSync } from "node:fs";
import { bind } from "../libc/bindings.ts";
import { SIG_DFL, SIG_IGN, siginfoBytes, siginfoPidOffset } from "../libc/structures.ts";

/**
 * The terminal on stdin, for example from `docker run -it`. Like a shell's job, the app gets its own process group and
 * the terminal: Ctrl-C and Ctrl-Z then reach only the app, and once, and a shell in the container has job control. Node
 * cannot run code between fork and exec, so the app starts through `--launch`, which calls `becomeForeground` before
 * its exec.
 */
export interface Terminal {
  /** Whether Ctrl-C reaches seaworthy's process group. */
  readonly isOurs: () => boolean;
  /** Whether a shell could resume seaworthy after a Ctrl-Z: its parent is in the same session. */
  readonly hasShell: () => boolean;
  /** Makes a process group the foreground group, which Ctrl-C reaches. */
  readonly giveTo: (processGroup: number) => void;
  /** Makes seaworthy's group the foreground group again. */
  readonly takeBack: () => void;
  /** Restores the terminal's modes: a killed app may have left it raw. */
  readonly restoreModes: () => void;
  /** Whether this child has been stopped since the last call. */
  readonly wasStopped: (child: number) => boolean;
}

const stdin = 0;
const SIGTTOU = 22;
const TCSADRAIN = 1;
const P_PID = 1;
const WNOHANG = 1;
const WSTOPPED = 2;
/** Above sizeof(struct termios) on every architecture. */
const termiosBytes = 256;

/** Whether stdin is a terminal. For a file, a pipe or /dev/null, fstat alone shows it. */
export function hasTerminal(): boolean {
  try {
    const { rdev } = fstatSync(stdin);
    const isCharacterDevice = (fstatSync(stdin).mode & 0o170_000) === 0o020_000;
    // Major number 1 is memory: /dev/null and similar devices.
    return isCharacterDevice && rdev >> 8 !== 1 && process.getBuiltinModule("node:tty").isatty(stdin);
  } catch {
    return false;
  }
}

/** Undefined if seaworthy's group is not the terminal's foreground group. */
export function openTerminal(): Terminal | undefined {
  const calls = bind("signal", "getsid", "getpgid", "tcgetpgrp", "tcsetpgrp", "tcgetattr", "tcsetattr", "waitid");
  const ownGroup = calls.getpgid(0);
  const isOurs = () => calls.tcgetpgrp(stdin) === ownGroup;
  if (!isOurs()) return undefined;
  const modes = Buffer.alloc(termiosBytes);
  const haveModes = calls.tcgetattr(stdin, modes) === 0;
  // TTOU stops a background group that changes the terminal, unless it ignores the signal.
  const withoutStop = (touch: () => void) => {
    const before = calls.signal(SIGTTOU, SIG_IGN);
    touch();
    calls.signal(SIGTTOU, before);
  };
  return {
    isOurs,
    hasShell: () => process.pid !== 1 && calls.getsid(process.ppid) === calls.getsid(0),
    giveTo: (processGroup) => withoutStop(() => calls.tcsetpgrp(stdin, processGroup)),
    takeBack: () => withoutStop(() => calls.tcsetpgrp(stdin, ownGroup)),
    restoreModes: () => withoutStop(() => haveModes && calls.tcsetattr(stdin, TCSADRAIN, modes)),
    wasStopped(child) {
      const info = Buffer.alloc(siginfoBytes);
      return calls.waitid(P_PID, child, info, WNOHANG | WSTOPPED) === 0 && info.readInt32LE(siginfoPidOffset) === child;
    },
  };
}

/** Makes this process the terminal's foreground group. */
export function becomeForeground(): void {
  const calls = bind("signal", "setpgid", "tcsetpgrp");
  calls.signal(SIGTTOU, SIG_IGN);
  calls.setpgid(0, 0);
  calls.tcsetpgrp(stdin, process.pid);
  calls.signal(SIGTTOU, SIG_DFL);
}

/** Suspends seaworthy's whole process group, like Ctrl-Z: the script that started seaworthy is part of it. */
export function suspendGroup(): void {
  process.kill(0, "SIGSTOP");
}

/** Suspends seaworthy. The kernel does not stop PID 1. */
export function suspend(): void {
  process.kill(process.pid, "SIGSTOP");
}
