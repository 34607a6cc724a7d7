import { fstatSync } from "node:fs";
import { bind } from "../libc/bindings.ts";
import { SIG_DFL, SIG_IGN, siginfoBytes, siginfoPidOffset } from "../libc/structures.ts";

/**
 * The terminal on stdin, as `docker run -it` gives it. The app gets a process group of its own and the terminal with
 * it, as a shell does for a job: Ctrl-C and Ctrl-Z then reach the app alone and once, and a shell in the container has
 * job control. What a shell does between fork and exec, Node cannot: the app is started through ourselves
 * (`becomeForeground`), which does it and then turns into the app.
 */
export interface Terminal {
  /** Whether our group is the one that Ctrl-C reaches. */
  readonly isOurs: () => boolean;
  /** Whether a shell could be there that resumes us after a Ctrl-Z: our parent is in the terminal's session, as we are. */
  readonly hasShell: () => boolean;
  /** Makes a process group the one that Ctrl-C reaches. */
  readonly giveTo: (processGroup: number) => void;
  /** Makes ours the foreground group again. */
  readonly takeBack: () => void;
  /** Puts the terminal's modes back to what they were: an app that was killed may have left it raw. */
  readonly restoreModes: () => void;
  /** Whether this child has been stopped since it was asked last. */
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

/** Whether stdin is a terminal. Costs one fstat where it is a file, a pipe or /dev/null. */
export function hasTerminal(): boolean {
  try {
    const { rdev } = fstatSync(stdin);
    const isCharacterDevice = (fstatSync(stdin).mode & 0o170_000) === 0o020_000;
    // Major number 1 is memory: /dev/null and its like.
    return isCharacterDevice && rdev >> 8 !== 1 && process.getBuiltinModule("node:tty").isatty(stdin);
  } catch {
    return false;
  }
}

/** Undefined where we are not the terminal's foreground group: it is somebody else's to give. */
export function openTerminal(): Terminal | undefined {
  const calls = bind("signal", "getsid", "getpgid", "tcgetpgrp", "tcsetpgrp", "tcgetattr", "tcsetattr", "waitid");
  const ours = calls.getpgid(0);
  const isOurs = () => calls.tcgetpgrp(stdin) === ours;
  if (!isOurs()) return undefined;
  const modes = Buffer.alloc(termiosBytes);
  const haveModes = calls.tcgetattr(stdin, modes) === 0;
  // A background group that touches the terminal is stopped by TTOU, unless it ignores that.
  const withoutStop = (touch: () => void) => {
    const before = calls.signal(SIGTTOU, SIG_IGN);
    touch();
    calls.signal(SIGTTOU, before);
  };
  return {
    isOurs,
    hasShell: () => process.pid !== 1 && calls.getsid(process.ppid) === calls.getsid(0),
    giveTo: (processGroup) => withoutStop(() => calls.tcsetpgrp(stdin, processGroup)),
    takeBack: () => withoutStop(() => calls.tcsetpgrp(stdin, ours)),
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

/** Suspends our whole process group, as the terminal's Ctrl-Z does: the script that started us is part of it. */
export function suspendGroup(): void {
  process.kill(0, "SIGSTOP");
}

/** Suspends ourselves. Without effect for PID 1, which the kernel does not stop. */
export function suspend(): void {
  process.kill(process.pid, "SIGSTOP");
}
