import type { Clock } from "../kernel/clock.ts";
import type { LookSession, OpenSession } from "./look.ts";

interface Shared<S> {
  readonly session: Promise<S>;
  readonly openedAt: number;
  readonly closed: PromiseWithResolvers<void>;
  users: number;
}

export interface ShareOptions<S extends LookSession> {
  readonly open: OpenSession<S>;
  /** How old a session may be that one more look takes part in, in milliseconds: what is left of its time is the look's. */
  readonly joinWithinMs: number;
  readonly clock: Pick<Clock, "now">;
}

/** At most one session a URL at a time, however many dependencies are looked at there, and none between the looks. */
export function shareSessions<S extends LookSession>({ open, joinWithinMs, clock }: ShareOptions<S>): OpenSession<S> {
  const shared = new Map<string, Shared<S>>();

  const begin = (url: string): Shared<S> => {
    const entry = { session: open(url), openedAt: clock.now(), closed: Promise.withResolvers<void>(), users: 0 };
    shared.set(url, entry);
    return entry;
  };

  const leave = async (url: string, entry: Shared<S>) => {
    if (--entry.users > 0) return;
    const session = await entry.session.catch(() => undefined);
    await session?.close();
    shared.delete(url);
    entry.closed.resolve();
  };

  return async (url) => {
    let entry = shared.get(url);
    while (entry !== undefined && (entry.users === 0 || clock.now() - entry.openedAt > joinWithinMs)) {
      await entry.closed.promise;
      entry = shared.get(url);
    }
    const joined = entry ?? begin(url);
    joined.users++;
    try {
      // Nobody waits for the goodbye of a server that may be frozen.
      return { ...(await joined.session), close: async () => void leave(url, joined) };
    } catch (error) {
      void leave(url, joined);
      throw error;
    }
  };
}
