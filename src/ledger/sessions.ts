import type { Clock } from "../kernel/clock.ts";
import { UnreachableError, type Session } from "../kernel/database.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import { pause } from "../kernel/pause.ts";

/** Opens a session that tells the server what it is for. Rejects with an UnreachableError. */
export type OpenSession = (url: string, purpose: string) => Promise<Session>;

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

/** A cancel request may overtake the statement that it is meant for: so it is sent until the session is closed. */
const cancelEveryMs = 250;

/** Opens sessions that are closed at once, together, and whose work is cancelled when the upgrade is interrupted. */
export function createOpener(options: OpenerOptions, opened: AsyncDisposableStack): OpenSession {
  const { clock, signal } = options;
  const closings: (() => Promise<void>)[] = [];
  let closed = false;
  opened.defer(async () => {
    closed = true;
    await Promise.all(closings.map((close) => close()));
  });
  return async (url, purpose) => {
    const session = await tryPatiently(() => options.openSession(url, purpose), options);
    // It was given up while it was opened: nobody is there to use or to close it.
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

/** A signal may come between two statements, where there is nothing to cancel: the next one is not sent any more. */
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

/** A database that is being started with us is waited for; a wrong password is not. Throws a Failure (69). */
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
