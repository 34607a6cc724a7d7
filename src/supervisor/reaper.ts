/** What the reaper needs of the kernel (platform/libc/libc.ts). */
export interface WaitableChildren<Status> {
  readonly peekEndedChild: () => number | undefined;
  readonly reap: (pid: number) => Status | undefined;
}

export interface ReaperOptions<Status> {
  readonly children: WaitableChildren<Status>;
  /** Whether libuv waits for this pid itself. */
  readonly isLibuvs: (pid: number) => boolean;
  /** Told of every process that was waited for here, orphans included. */
  readonly onReaped: (pid: number, status: Status) => void;
  /** Runs `again` after libuv has had its turn. */
  readonly defer: (again: () => void) => void;
}

/**
 * Returns what to do at every SIGCHLD: wait for our apps, and for the orphans that the kernel gave us.
 *
 * Never `waitpid(-1)`: if we took the status of a process that libuv started, its `exit` event would never come. So look
 * at who has ended without waiting (WNOWAIT), and wait for that one pid only if it is not libuv's. An ended process keeps
 * its pid until it is waited for, so the pid cannot mean another process in between. Signals coalesce: one SIGCHLD may
 * stand for thousands of children, hence the loop.
 */
export function createReaper<Status>(options: ReaperOptions<Status>): () => number {
  const { children, isLibuvs, onReaped, defer } = options;
  let deferred = false;
  const reapOrphans = (): number => {
    let reaped = 0;
    for (;;) {
      const pid = children.peekEndedChild();
      if (pid === undefined) return reaped;
      if (isLibuvs(pid)) {
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
      const status = children.reap(pid);
      if (status === undefined) continue;
      reaped++;
      onReaped(pid, status);
    }
  };
  return reapOrphans;
}
