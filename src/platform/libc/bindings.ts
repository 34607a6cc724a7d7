import type { FunctionDefinitions } from "node:ffi";

/**
 * The libc functions that Node does not offer, bound without a native build. `node:ffi` is experimental, but the
 * program contains the Node version that it was tested with.
 */
const signatures = {
  _exit: { return: "void", arguments: ["int32"] },
  __errno_location: { return: "pointer", arguments: [] },
  chdir: { return: "int32", arguments: ["pointer"] },
  execve: { return: "int32", arguments: ["pointer", "pointer", "pointer"] },
  // The third argument is optional in C; both architectures pass it like any other.
  fcntl: { return: "int32", arguments: ["int32", "int32", "int32"] },
  getpgid: { return: "int32", arguments: ["int32"] },
  getsid: { return: "int32", arguments: ["int32"] },
  prlimit: { return: "int32", arguments: ["int32", "int32", "pointer", "pointer"] },
  prctl: { return: "int32", arguments: ["int32", "uint64", "uint64", "uint64", "uint64"] },
  pthread_sigmask: { return: "int32", arguments: ["int32", "pointer", "pointer"] },
  setpgid: { return: "int32", arguments: ["int32", "int32"] },
  sigaction: { return: "int32", arguments: ["int32", "pointer", "pointer"] },
  signal: { return: "pointer", arguments: ["int32", "pointer"] },
  // A pointer may be given as a number.
  syscall: { return: "int64", arguments: ["int64", "pointer", "pointer", "pointer", "pointer", "pointer"] },
  tcgetattr: { return: "int32", arguments: ["int32", "pointer"] },
  tcgetpgrp: { return: "int32", arguments: ["int32"] },
  tcsetattr: { return: "int32", arguments: ["int32", "int32", "pointer"] },
  tcsetpgrp: { return: "int32", arguments: ["int32", "int32"] },
  waitid: { return: "int32", arguments: ["int32", "uint32", "pointer", "int32"] },
  waitpid: { return: "int32", arguments: ["int32", "pointer", "int32"] },
} as const satisfies FunctionDefinitions;

type Signatures = typeof signatures;

/** Looks up these functions in the process itself, with any libc. Loading node:ffi takes about 1 ms, once. */
export function bind<Name extends keyof Signatures>(...names: readonly Name[]) {
  const wanted = Object.fromEntries(names.map((name) => [name, signatures[name]])) as Pick<Signatures, Name>;
  return process.getBuiltinModule("node:ffi").dlopen(null, wanted).functions;
}
