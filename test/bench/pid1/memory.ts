import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { treeOf } from "../../harness/proc.ts";
import type { Measured } from "../rounds.ts";
import type { Shop } from "../shop.ts";
import { waitUntilIdle, withApp } from "./container.ts";
import type { Peer } from "./peers.ts";
import { settleMs } from "./lives.ts";
import { memoryOf } from "./processes.ts";

/** The idle memory of everything in the container except the app, in megabytes. */
export async function memory(shop: Shop, peer: Peer): Promise<Measured> {
  return withApp(shop, peer, async (container) => {
    const { pid1, app } = container;
    // Wait: Node returns memory to the system shortly after its start.
    await delay(settleMs);
    await waitUntilIdle(container);
    // Pages of a new file count as private dirty until they are on disk.
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
