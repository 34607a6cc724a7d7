import type { Clock } from "../kernel/clock.ts";
import { UnreachableError, type Session } from "../kernel/database.ts";
import { messageOf } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import type { ListenRefusal } from "../ledger/engine.ts";

export interface ListenerOptions {
  readonly url: string;
  /** Opens a session that hands over notifications. Rejects with an UnreachableError. */
  readonly open: (url: string, onNotify: () => void) => Promise<Session>;
  /** Asks for the notifications of upgrades (ledger/engine.ts). */
  readonly listen: (session: Session) => Promise<ListenRefusal | undefined>;
  /** It listens, on this session, until `session.lost`. */
  readonly onListen: (session: Session) => void;
  /** An upgrade has said that it is done. */
  readonly onUpgrade: () => void;
  /** The connection was made or lost: what is known of this database may be wrong by now. */
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
 * A standing connection on which an upgrade wakes every waiting container at once. It also shows, in pg_stat_activity,
 * that an instance of this version is alive. Where it cannot be had, dependencies are only polled, and the log says so.
 */
export function createListener(options: ListenerOptions): Listener {
  const { url, open, listen, onListen, onUpgrade, onChange, clock, random, log } = options;
  let failures = 0;
  let said: string | undefined;

  const connect = async () => {
    try {
      const session = await open(url, onUpgrade);
      const refusal = await listen(session);
      if (refusal !== undefined) return await doWithout(session, refusal);
      if (said !== undefined) log.info("listening for the end of an upgrade again");
      said = undefined;
      failures = 0;
      onListen(session);
      // Something may have been said while nobody listened.
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
    if (said !== reason)
      log.info(`${reason}: the end of an upgrade is seen by polling, and contract migrations cannot see this instance`);
    said = reason;
    if (mayChange) reconnect();
  };

  return { start: () => void connect() };
}
