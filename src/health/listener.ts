import type { Clock } from "../kernel/clock.ts";
import { UnreachableError, type Session } from "../kernel/database.ts";
import { messageOf } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import type { ListenRefusal } from "../ledger/engine.ts";

export interface ListenerOptions {
  /** Opens a session that passes on notifications. Rejects with an UnreachableError. */
  readonly open: (onNotify: () => void) => Promise<Session>;
  /** Whether the fleet's share of connections has room. Asked before a session is opened. */
  readonly hasRoom: () => Promise<boolean>;
  /** Subscribes to the notifications of upgrades (ledger/engine.ts). */
  readonly listen: (session: Session) => Promise<ListenRefusal | undefined>;
  /** Called when this session listens. It does until `isOpen` returns false. */
  readonly onListen: (session: Session, isOpen: () => boolean) => void;
  /** An upgrade has announced its end. */
  readonly onUpgrade: () => void;
  /** The connection was opened or lost, so the last looks at this database may be outdated. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

export interface Listener {
  /** Opens the connection, and opens it again when it is lost. Does nothing while it is open. */
  readonly start: () => void;
  /** Closes the connection. */
  readonly stop: () => void;
}

const pause = { firstMs: 1000, longestMs: 30_000 };

/**
 * A connection through which an upgrade announces its end. It is open only while this instance waits for an upgrade.
 * Without it, seaworthy polls.
 */
export function createListener(options: ListenerOptions): Listener {
  const { open, hasRoom, listen, onListen, onUpgrade, onChange, clock, random, log } = options;
  let failures = 0;
  let loggedReason: string | undefined;
  let state: "idle" | "connecting" | "open" | "pausing" | "impossible" = "idle";
  let isWanted = false;
  let session: Session | undefined;
  let cancelPause = () => {};

  const connect = async () => {
    state = "connecting";
    try {
      if (!(await hasRoom())) return pauseFor(pause.longestMs);
      if (!isWanted) return becomeIdle();
      const opened = await open(onUpgrade);
      const refusal = await listen(opened);
      if (refusal !== undefined || !isWanted) return await doWithout(opened, refusal);
      if (loggedReason !== undefined) log.info("listening for the end of an upgrade again");
      loggedReason = undefined;
      failures = 0;
      state = "open";
      session = opened;
      onListen(opened, () => session === opened);
      // Notifications may have been missed while there was no connection.
      onChange();
      void opened.lost.then(() => {
        if (session !== opened) return;
        session = undefined;
        onChange();
        reconnect();
      });
    } catch (error) {
      if (!(error instanceof UnreachableError)) log.debug(`cannot listen: ${messageOf(error)}`);
      reconnect();
    }
  };

  const reconnect = () => pauseFor(Math.min(pause.firstMs * 2 ** failures++, pause.longestMs));

  const pauseFor = (milliseconds: number) => {
    state = "pausing";
    cancelPause = clock.after(milliseconds * (0.8 + 0.4 * random()), () => {
      if (isWanted) void connect();
      else becomeIdle();
    });
  };

  const becomeIdle = () => {
    state = "idle";
  };

  const doWithout = async (unusable: Session, refusal: ListenRefusal | undefined) => {
    await unusable.close();
    if (refusal === undefined) return becomeIdle();
    const { reason, mayChange } = refusal;
    if (loggedReason !== reason) log.info(`${reason}: this instance notices the end of an upgrade by polling`);
    loggedReason = reason;
    if (mayChange) reconnect();
    else state = "impossible";
  };

  return {
    start() {
      isWanted = true;
      if (state === "idle") void connect();
    },
    stop() {
      isWanted = false;
      failures = 0;
      if (state === "pausing") {
        cancelPause();
        becomeIdle();
      }
      if (state !== "open") return;
      becomeIdle();
      void session?.close();
      session = undefined;
    },
  };
}
