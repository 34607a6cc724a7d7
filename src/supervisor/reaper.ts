/** What the reaper needs of the kernel (platform/libc.ts). */
export interface WaitableChildren {
  readonly peekEndedChild: () => number | undefined;
  readonly reap: (pid: number) => boolean;
}

export interface ReaperOptions {
  readonly children: WaitableChildren;
  /** Whether libuv started this pid, and so waits for it itself. */
  readonly isOurs: (pid: number) => boolean;
  /** Runs `again` after libuv has had its turn. */
  readonly defer: (again: () => void) => void;
}

/**
 * Returns what to do at every SIGCHLD: wait for the orphans that the kernel gave us.
 *
 * Never `waitpid(-1)`: if we took the status of a process that libuv started, its `exit` event would never come. So look
 * at who has ended without waiting (WNOWAIT), and wait for that one pid only if it is not libuv's. An ended process keeps
 * its pid until it is waited for, so the pid cannot mean another process in between. Signals coalesce: one SIGCHLD may
 * stand for thousands of children, hence the loop.
 */
export function createReaper({ children, isOurs, defer }: ReaperOptions): () => number {
  let deferred = false;
  const reapOrphans = (): number => {
    let reaped = 0;
    for (;;) {
      const pid = children.peekEndedChild();
      if (pid === undefined) return reaped;
      if (isOurs(pid)) {
        // It hides those behind it until libuv has waited for it, in this turn of the loop or the next.
        if (!deferred) {
          deferred = true;
          defer(() => {
            deferred = false;
            reapOrphans();
          });
        }
        return reaped;
      }
      if (children.reap(pid)) reaped++;
    }
  };
  return reapOrphans;
}
