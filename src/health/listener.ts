import type { Clock } from "../kernel/clock.ts";
import { StatementError, UnreachableError, type Session } from "../kernel/database.ts";
import { messageOf } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import { upgradeChannel } from "../kernel/presence.ts";

export interface ListenerOptions {
  readonly url: string;
  /** Opens a session that hands over notifications. Rejects with an UnreachableError. */
  readonly open: (url: string, onNotify: () => void) => Promise<Session>;
  /** An upgrade has said that it is done. */
  readonly onUpgrade: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

export interface Listener {
  readonly start: () => void;
}

const pause = { firstMs: 1000, longestMs: 30_000 };

/**
 * A standing connection on which an upgrade wakes every waiting container at once. It also shows, in pg_stat_activity,
 * that an instance of this version is alive. Where it cannot be had, dependencies are only polled, and the log says so.
 */
export function createListener({ url, open, onUpgrade, clock, random, log }: ListenerOptions): Listener {
  let failures = 0;

  const connect = async () => {
    try {
      const session = await open(url, onUpgrade);
      const reason = await listen(session);
      if (reason !== undefined) return await giveUp(session, reason);
      failures = 0;
      // Something may have been said while nobody listened.
      onUpgrade();
      void session.lost.then(reconnect);
    } catch (error) {
      if (!(error instanceof UnreachableError)) log.debug(`cannot listen: ${messageOf(error)}`);
      reconnect();
    }
  };

  const reconnect = () => {
    const delay = Math.min(pause.firstMs * 2 ** failures++, pause.longestMs) * (0.8 + 0.4 * random());
    clock.after(delay, () => void connect());
  };

  const giveUp = async (unusable: Session, reason: string) => {
    log.info(`${reason}: the end of an upgrade is seen by polling, and contract migrations cannot see this instance`);
    await unusable.close();
  };

  return { start: () => void connect() };
}

/** Why this session cannot listen; undefined when it does. */
async function listen(session: Session): Promise<string | undefined> {
  // A transaction pooler takes LISTEN and never delivers.
  if (await session.isPooled()) return "the database is reached through a transaction pooler";
  try {
    await session.query(`LISTEN ${upgradeChannel}`);
    return undefined;
  } catch (error) {
    if (error instanceof StatementError) return `the database does not let us listen (${error.message})`;
    throw error;
  }
}
