import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { treeOf } from "../../harness/proc.ts";
import type { Measured } from "../rounds.ts";
import type { Shop } from "../shop.ts";
import { waitUntilIdle, withApp } from "./container.ts";
import type { Peer } from "./peers.ts";
import { settleMs } from "./lives.ts";
import { memoryOf } from "./processes.ts";

/** What everything in the container but the app holds, idle, in megabytes. */
export async function memory(shop: Shop, peer: Peer): Promise<Measured> {
  return withApp(shop, peer, async (container) => {
    const { pid1, app } = container;
    // What Node gives back to the system shortly after its start is not counted.
    await delay(settleMs);
    await waitUntilIdle(container);
    // Pages of a file that was just written count as private dirty until they are on the disk.
    spawnSync("sync");
    const own = treeOf(pid1).filter(({ pid }) => pid !== app);
    const memories = own.map(({ pid }) => memoryOf(pid));
    const sum = (values: readonly number[]) => [values.reduce((total, value) => total + value, 0)];
    return {
      privateDirty: sum(memories.map(({ privateDirtyMb }) => privateDirtyMb)),
      pss: sum(memories.map(({ pssMb }) => pssMb)),
      rss: sum(memories.map(({ rssMb }) => rssMb)),
    };
  });
}
