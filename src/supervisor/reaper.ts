/** The system calls that the reaper needs (platform/libc/libc.ts). */
export interface WaitableChildren<Status> {
  readonly peekEndedChild: () => number | undefined;
  readonly reap: (pid: number) => Status | undefined;
}

export interface ReaperOptions<Status> {
  readonly children: WaitableChildren<Status>;
  /** Whether libuv waits for this pid itself. */
  readonly isLibuvs: (pid: number) => boolean;
  /** Called for every process that the reaper waited for, including orphans. */
  readonly onReaped: (pid: number, status: Status) => void;
  /** Calls `again` after libuv has had its turn. */
  readonly defer: (again: () => void) => void;
}

/**
 * Returns a function for every SIGCHLD. It waits for our apps and for orphans that the kernel gave us.
 *
 * It never calls `waitpid(-1)`: if it took the status of a process that libuv started, libuv's `exit` event would never come.
 * Instead, it peeks at ended processes (WNOWAIT), and waits only for a pid that is not libuv's. An ended process keeps its
 * pid until it is waited for, so no other process can get that pid in between. Signals coalesce: one SIGCHLD may announce
 * thousands of children, hence the loop.
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
        // Other ended processes are hidden until libuv has waited for this one, in this turn of the loop or the next.
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
