/** struct sigaction in glibc and musl on 64-bit systems: a pointer, 128 bytes of mask, then the flags. */
export const structBytes = 152;
export const flagsOffset = 136;

/** From Linux's signal.h: what stands in place of a handler. */
export const SIG_DFL = 0n;
export const SIG_IGN = 1n;
