import type { Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/failure.ts";
import { UnreachableError } from "../kernel/database.ts";
import type { Log } from "../kernel/log.ts";
import { heartbeat as rule } from "../ledger/instances.ts";

export interface HeartbeatOptions {
  /** Reports once. Returns how many instances of the app are alive, or undefined if the database is not prepared for it. */
  readonly report: () => Promise<number | undefined>;
  readonly withdraw: () => Promise<void>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Reports to one database that this instance is alive. */
export interface Heartbeat {
  readonly start: () => void;
  /** How many instances of the app were alive at the last report: 1 before the first. */
  readonly fleetSize: () => number;
  /** Stops, and withdraws the report. Never rejects. */
  readonly stop: () => Promise<void>;
}

/** The second report comes soon: the others of a deployment have started by then, and their number sets the pace of looks. */
const soonMs = 5000;

export function createHeartbeat({ report, withdraw, clock, random, log }: HeartbeatOptions): Heartbeat {
  let alive: number | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;
  let loggedReason: string | undefined;
  let cancel = () => {};
  let isFirst = true;

  const reportOnce = async () => {
    try {
      alive = (await report()) ?? alive;
    } catch (error) {
      // The looks report an unreachable database.
      if (error instanceof UnreachableError) return;
      const reason = messageOf(error);
      if (reason !== loggedReason) log.info(`cannot report that this instance is alive: ${reason}`);
      loggedReason = reason;
    }
  };
  const beat = () => {
    running = reportOnce().finally(() => {
      running = undefined;
      if (isStopped) return;
      // Spread, so that the containers of a deployment do not all report at the same moment.
      cancel = clock.after((isFirst ? soonMs : rule.everyMs) * (0.8 + 0.2 * random()), beat);
      isFirst = false;
    });
  };

  return {
    start: beat,
    fleetSize: () => alive ?? 1,
    async stop() {
      isStopped = true;
      cancel();
      await running;
      if (alive !== undefined) await withdraw().catch(() => {});
    },
  };
}
