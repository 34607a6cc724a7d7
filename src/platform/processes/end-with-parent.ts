import { bind } from "../libc/bindings.ts";

// From Linux's prctl.h.
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9n;

/** Lets the kernel kill this process when the thread that has started it ends, whatever this process is doing then. */
export function endWithParent(): void {
  bind("prctl").prctl(PR_SET_PDEATHSIG, SIGKILL, 0n, 0n, 0n);
}
