import { bind } from "./bindings.ts";
import { siginfoBytes, siginfoPidOffset } from "./structures.ts";
import type { WaitStatus } from "../processes/processes.ts";

/** Functions for seaworthy's process and its children that Node does not offer. */
export interface Libc {
  /** The pid of an ended child that can be reaped. Does not reap it. Undefined if there is none. */
  readonly peekEndedChild: () => number | undefined;
  /** Reaps an ended child. Undefined if it has not ended, or is not a child. */
  readonly reap: (pid: number) => WaitStatus | undefined;
  /** Whether a child is left, ended or running. */
  readonly hasChildren: () => boolean;
  /** Makes orphaned descendants seaworthy's children, like PID 1. Returns whether the kernel agreed (Linux ≥ 3.4). */
  readonly becomeSubreaper: () => boolean;
  /** Ends this process at once, without any teardown by Node or libc. */
  readonly exit: (code: number) => void;
}

// From Linux's wait.h and prctl.h; the same on every architecture that Node supports.
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
const P_ALL = 0;
const PR_SET_CHILD_SUBREAPER = 36;

export function openLibc(): Libc {
  const functions = bind("waitid", "waitpid", "_exit", "prctl");
  const { _exit: exit } = functions;
  const status = Buffer.alloc(4);
  const info = Buffer.alloc(siginfoBytes);
  const peek = (flags: number) => {
    info.fill(0);
    return functions.waitid(P_ALL, 0, info, WNOHANG | WNOWAIT | flags);
  };
  return {
    peekEndedChild() {
      const pid = peek(WEXITED) === 0 ? info.readInt32LE(siginfoPidOffset) : 0;
      return pid > 0 ? pid : undefined;
    },
    reap(pid) {
      if (functions.waitpid(pid, status, WNOHANG) !== pid) return undefined;
      // wait(2): the signal in the low seven bits, the exit code in the next byte.
      return { code: status.readUInt8(1), signal: status.readUInt8(0) & 0x7f };
    },
    // The only possible error of waitid here is ECHILD.
    hasChildren: () => peek(WEXITED) === 0,
    becomeSubreaper: () => functions.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n) === 0,
    exit: (code) => exit(code),
  };
}
