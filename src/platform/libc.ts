/**
 * The few calls of libc that Node does not offer, bound without a native build. `node:ffi` is experimental: the program
 * carries the Node that it was tested with. Loading it takes about 1.3 ms, so nothing on the way to the app's start
 * may import this file.
 */
export interface Libc {
  /** The pid of a child that has ended and was not waited for yet; it stays waitable. Undefined where there is none. */
  readonly peekEndedChild: () => number | undefined;
  /** Waits for one ended child. Returns whether it was there. */
  readonly reap: (pid: number) => boolean;
  /** False once no child is left, ended or running. */
  readonly hasChildren: () => boolean;
  /** Makes orphaned descendants ours, as they are for PID 1. Returns whether the kernel agreed (Linux ≥ 3.4). */
  readonly becomeSubreaper: () => boolean;
  /** Ends this process at once: neither Node nor libc tidies anything up. */
  readonly exit: (code: number) => void;
}

// From Linux's wait.h and prctl.h; the same on every architecture that Node supports.
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
const P_ALL = 0;
const PR_SET_CHILD_SUBREAPER = 36;
/** siginfo_t has 128 bytes; on 64-bit systems si_pid follows three ints and four bytes of padding. */
const SIGINFO_BYTES = 128;
const SI_PID_OFFSET = 16;

export function openLibc(): Libc {
  const { dlopen } = process.getBuiltinModule("node:ffi");
  const { functions } = dlopen(null, {
    waitid: { return: "int32", arguments: ["int32", "uint32", "pointer", "int32"] },
    waitpid: { return: "int32", arguments: ["int32", "pointer", "int32"] },
    _exit: { return: "void", arguments: ["int32"] },
    prctl: { return: "int32", arguments: ["int32", "uint64", "uint64", "uint64", "uint64"] },
  });
  const { _exit: exit } = functions;
  const info = Buffer.alloc(SIGINFO_BYTES);
  const peek = (flags: number) => {
    info.fill(0);
    return functions.waitid(P_ALL, 0, info, WNOHANG | WNOWAIT | flags);
  };
  return {
    peekEndedChild() {
      const pid = peek(WEXITED) === 0 ? info.readInt32LE(SI_PID_OFFSET) : 0;
      return pid > 0 ? pid : undefined;
    },
    reap: (pid) => functions.waitpid(pid, 0n, WNOHANG) === pid,
    // ECHILD is the only error that waitid has here.
    hasChildren: () => peek(WEXITED) === 0,
    becomeSubreaper: () => functions.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n) === 0,
    exit: (code) => exit(code),
  };
}
