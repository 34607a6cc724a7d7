import type { Clock } from "../kernel/clock.ts";
import { UnreachableError, type Session } from "../kernel/database.ts";
import { messageOf } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import type { ListenRefusal } from "../ledger/engine.ts";

export interface ListenerOptions {
  readonly url: string;
  /** Opens a session that passes on notifications. Rejects with an UnreachableError. */
  readonly open: (url: string, onNotify: () => void) => Promise<Session>;
  /** Subscribes to the notifications of upgrades (ledger/engine.ts). */
  readonly listen: (session: Session) => Promise<ListenRefusal | undefined>;
  /** Called when this session listens, until `session.lost`. */
  readonly onListen: (session: Session) => void;
  /** An upgrade has announced its end. */
  readonly onUpgrade: () => void;
  /** The connection was opened or lost, so the last looks at this database may be outdated. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

export interface Listener {
  readonly start: () => void;
}

const pause = { firstMs: 1000, longestMs: 30_000 };

/**
 * A permanent connection. An upgrade notifies all waiting containers through it. In pg_stat_activity, it also shows that an
 * instance of this version is alive. Without the connection, seaworthy only polls dependencies, and logs that.
 */
export function createListener(options: ListenerOptions): Listener {
  const { url, open, listen, onListen, onUpgrade, onChange, clock, random, log } = options;
  let failures = 0;
  let loggedReason: string | undefined;

  const connect = async () => {
    try {
      const session = await open(url, onUpgrade);
      const refusal = await listen(session);
      if (refusal !== undefined) return await doWithout(session, refusal);
      if (loggedReason !== undefined) log.info("listening for the end of an upgrade again");
      loggedReason = undefined;
      failures = 0;
      onListen(session);
      // Notifications may have been missed while there was no connection.
      onChange();
      void session.lost.then(() => {
        onChange();
        reconnect();
      });
    } catch (error) {
      if (!(error instanceof UnreachableError)) log.debug(`cannot listen: ${messageOf(error)}`);
      reconnect();
    }
  };

  const reconnect = () => {
    const delay = Math.min(pause.firstMs * 2 ** failures++, pause.longestMs) * (0.8 + 0.4 * random());
    clock.after(delay, () => void connect());
  };

  const doWithout = async (unusable: Session, { reason, mayChange }: ListenRefusal) => {
    await unusable.close();
    if (loggedReason !== reason)
      log.info(`${reason}: this instance notices upgrades by polling, and contract migrations cannot see it`);
    loggedReason = reason;
    if (mayChange) reconnect();
  };

  return { start: () => void connect() };
}
