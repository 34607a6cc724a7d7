import { setTimeout as delay } from "node:timers/promises";
import { startedCommand, waitForEnd } from "../launch.ts";
import type { Measured } from "../rounds.ts";
import type { Shop } from "../shop.ts";
import { inContainer, withApp, type Container } from "./container.ts";
import type { Peer } from "./peers.ts";
import { childrenOf, countZombies } from "./processes.ts";

/** Runs one container and returns its measurements. */
type Life = (shop: Shop, peer: Peer) => Promise<Measured>;

const milliseconds = (from: bigint, to: bigint) => Number(to - from) / 1e6;

/** From PID 1's exec to the command's start. */
export const start: Life = (shop, peer) => {
  const command = (report: string) => `${startedCommand.map((word) => `'${word}'`).join(" ")} >'${report}'`;
  return inContainer(shop, peer, command, async ({ next }) => {
    const begun = await next("exec");
    return { start: [milliseconds(begun, await next("started"))] };
  });
};

const signalsALife = 30;

/** From kill(PID 1) to the app's handler, for a forwarded and a stop signal, and from the app's exit to PID 1's. */
export const signalAndStop: Life = (shop, peer) =>
  withApp(shop, peer, async (container) => {
    const signal: number[] = [];
    const send = async (name: NodeJS.Signals, word: string) => {
      const sent = process.hrtime.bigint();
      process.kill(container.pid1, name);
      return milliseconds(sent, await container.next(word));
    };
    for (let sent = 0; peer.forwards && sent < signalsALife; sent++) {
      signal.push(await send("SIGUSR1", "USR1"));
      // Let PID 1 go to sleep between two signals, as in production.
      await delay(3);
    }
    if (peer.stopSignal === undefined) return { signal };
    const stop = await send(peer.stopSignal, "TERM");
    const ending = await container.next("ending");
    const { at } = await container.ended;
    return { signal, stop: [stop], exitWhenStopped: [milliseconds(ending, at)] };
  });

/** From the command's exit to PID 1's. */
export const exit: Life = (shop, peer) =>
  withApp(shop, peer, async (container) => ({ exit: [await endCommand(container)] }));

/** The time after which a container has finished its start. */
export const settleMs = 3000;

/** Like `exit`, some time after the start, which is the usual case. */
export const exitWhenIdle: Life = (shop, peer) =>
  withApp(shop, peer, async (container) => {
    await delay(settleMs);
    return { exitWhenIdle: [await endCommand(container)] };
  });

async function endCommand(container: Container): Promise<number> {
  process.kill(container.app, "SIGUSR2");
  const ending = await container.next("ending");
  return milliseconds(ending, await waitForEnd(container, 7));
}

/** The time limit for reaping the last zombie. */
export const reapLimitSeconds = 5;

/** From the exit of the parent of 10,000 zombies, which hands them to PID 1, until none is left. */
export const orphans: Life = (shop, peer) =>
  withApp(shop, peer, async ({ pid1, app, next }) => {
    const before = childrenOf(pid1).length;
    process.kill(app, "SIGHUP");
    const orphaned = await next("orphaned");
    await next("handed-over");
    for (;;) {
      const children = childrenOf(pid1);
      const at = process.hrtime.bigint();
      if (children.length <= before && countZombies(children) === 0) {
        return { orphans: [milliseconds(orphaned, at)], left: [0] };
      }
      if (milliseconds(orphaned, at) > reapLimitSeconds * 1000) return { left: [countZombies(children)] };
      await delay(1);
    }
  });
