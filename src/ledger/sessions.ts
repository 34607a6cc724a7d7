import type { Clock } from "../kernel/clock.ts";
import { UnreachableError, type Session } from "../kernel/database.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import { pause } from "../kernel/pause.ts";

/**
 * Opens a session and tells the server its purpose. Rejects with an UnreachableError.
 * @param access SQLite only: to write, a process of its own is started. Default: read.
 */
export type OpenSession = (url: string, purpose: string, access?: "read" | "write") => Promise<Session>;

export interface PatienceOptions {
  readonly connectTimeoutSeconds: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

interface OpenerOptions extends PatienceOptions {
  readonly openSession: OpenSession;
}

/** A cancel request may overtake its statement, so repeat it until the session is closed. */
const cancelEveryMs = 250;

/** Opens sessions that `opened` closes together. An interruption of the upgrade cancels their statements. */
export function createOpener(options: OpenerOptions, opened: AsyncDisposableStack): OpenSession {
  const { clock, signal } = options;
  const closings: (() => Promise<void>)[] = [];
  let closed = false;
  opened.defer(async () => {
    closed = true;
    await Promise.all(closings.map((close) => close()));
  });
  return async (url, purpose, access) => {
    const session = await tryPatiently(() => options.openSession(url, purpose, access), options);
    // The caller has given up meanwhile, so close the session here.
    if (closed) await session.close();
    let stop = () => {};
    const cancel = () => {
      void session.cancel();
      stop = clock.after(cancelEveryMs, cancel);
    };
    signal.addEventListener("abort", cancel);
    closings.push(async () => {
      signal.removeEventListener("abort", cancel);
      stop();
      await session.close();
    });
    return untilAborted(session, signal);
  };
}

/** A signal may come between two statements, when there is nothing to cancel. Then the next one is not sent. */
function untilAborted(session: Session, signal: AbortSignal): Session {
  return {
    ...session,
    async query(sql) {
      signal.throwIfAborted();
      return session.query(sql);
    },
    async execute(sql) {
      signal.throwIfAborted();
      return session.execute(sql);
    },
    async queryWith(sql, values) {
      signal.throwIfAborted();
      return session.queryWith(sql, values);
    },
  };
}

/** Waits for a database that is still starting, but not after a wrong password. Throws a Failure (69). */
export async function tryPatiently<T>(reach: () => Promise<T>, options: PatienceOptions): Promise<T> {
  const { clock, connectTimeoutSeconds, log, signal } = options;
  const deadline = clock.now() + connectTimeoutSeconds * 1000;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await reach();
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      if (!error.transient || clock.now() >= deadline)
        throw new Failure(ExitCode.unreachable, error.message, { cause: error });
      if (attempt === 1) log.warn(`${error.message} Trying again for up to ${connectTimeoutSeconds} s.`);
      await pause(clock, 250 + 250 * options.random(), signal);
    }
  }
}
