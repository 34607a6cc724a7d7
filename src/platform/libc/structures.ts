/** struct sigaction in glibc and musl on 64-bit systems: a pointer, 128 bytes of mask, then the flags. */
export const sigactionBytes = 152;
export const sigactionFlagsOffset = 136;

/** siginfo_t has 128 bytes; on 64-bit systems si_pid follows three ints and four bytes of padding. */
export const siginfoBytes = 128;
export const siginfoPidOffset = 16;

/** From Linux's signal.h: values in place of a handler. */
export const SIG_DFL = 0n;
export const SIG_IGN = 1n;
