import type { Clock } from "../kernel/clock.ts";
import { UnreachableError, type LookSession } from "../kernel/database.ts";
import type { OpenSession } from "./looks/look-at-database.ts";

interface Shared<S> {
  readonly session: Promise<S>;
  readonly openedAt: number;
  readonly closed: PromiseWithResolvers<void>;
  users: number;
}

export interface ShareOptions<S extends LookSession> {
  readonly open: OpenSession<S>;
  /** The maximum age of a session that another look may join, in milliseconds: the look gets the rest of its time. */
  readonly joinWithinMs: number;
  readonly clock: Clock;
}

export interface LendOptions {
  /** How long to wait for an answer. */
  readonly timeoutMs: number;
  readonly isMeant: () => boolean;
}

export interface SharedSessions<S extends LookSession> {
  readonly open: OpenSession<S>;
  /** Lends an open session to looks at this URL that begin while `isMeant` returns true. */
  readonly lend: (url: string, session: S, options: LendOptions) => void;
  /** For the end of the process: opens no more sessions. Resolves when all are closed, or after this time. */
  readonly settle: (limitMs: number) => Promise<void>;
}

/** Opens at most one session per URL at a time, for any number of dependencies, and keeps none open between looks. */
export function shareSessions<S extends LookSession>(options: ShareOptions<S>): SharedSessions<S> {
  const { open, joinWithinMs, clock } = options;
  const shared = new Map<string, Shared<S>>();
  const lent = new Map<string, { readonly session: S; readonly isMeant: () => boolean }>();

  let isEnding = false;

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

  return {
    async open(url) {
      const lentSession = () => {
        const known = lent.get(url);
        return known?.isMeant() === true ? known.session : undefined;
      };
      let [session, entry] = [lentSession(), shared.get(url)];
      while (
        session === undefined &&
        entry !== undefined &&
        (entry.users === 0 || clock.now() - entry.openedAt > joinWithinMs)
      ) {
        await entry.closed.promise;
        // A session may have been lent or opened meanwhile.
        [session, entry] = [lentSession(), shared.get(url)];
      }
      if (session !== undefined) return session;
      if (isEnding) return new Promise<never>(() => {});
      const joined = entry ?? begin(url);
      joined.users++;
      try {
        // The look does not wait for the session to close: the server may be frozen.
        return { ...(await joined.session), close: async () => void leave(url, joined) };
      } catch (error) {
        void leave(url, joined);
        throw error;
      }
    },

    lend(url, session, { timeoutMs, isMeant }) {
      lent.set(url, { session: borrowed(session, timeoutMs, clock), isMeant });
    },

    async settle(limitMs) {
      isEnding = true;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(limitMs, resolve);
      const closed = Promise.all(Array.from(shared.values(), (entry) => entry.closed.promise));
      await Promise.race([closed, late]).finally(cancel);
    },
  };
}

/** A session that a look cannot close, and that waits a limited time for answers. */
function borrowed<S extends LookSession>(session: S, timeoutMs: number, clock: Clock): S {
  return {
    ...session,
    close: async () => {},
    query(sql) {
      const { promise: late, reject } = Promise.withResolvers<never>();
      const message = `the database did not answer within ${timeoutMs} ms`;
      const refuse = () => reject(new UnreachableError(message, { transient: true, cause: undefined }));
      const cancel = clock.after(timeoutMs, refuse);
      return Promise.race([session.query(sql), late]).finally(cancel);
    },
  };
}
